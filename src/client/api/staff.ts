import type { Static } from '@sinclair/typebox';
import type * as reports from '../../modules/chats/reports/reports.model.ts';
import type * as about from '../../modules/instance/about/about.model.ts';
import type * as monitoring from '../../modules/instance/monitoring/monitoring.model.ts';
import type * as announcements from '../../modules/people/announcements/announcements.model.ts';
import type * as audit from '../../modules/people/audit/audit.model.ts';
import type * as notifications from '../../modules/people/notifications/notifications.model.ts';
import type * as sanctions from '../../modules/people/sanctions/platform-moderation.model.ts';
import type * as strangers from '../../modules/people/strangers/strangers.model.ts';
import type * as subscriptions from '../../modules/people/subscriptions/subscriptions.model.ts';
import type * as management from '../../modules/people/users/user-management.model.ts';
import type { Announcement, Done } from '../wire.ts';
import type { About } from './instance.ts';
import type { Body, CallOptions, List, Query, Route } from './route.ts';

/** With `expires_at` it ends by itself. */
export type Ban = Body<Static<typeof sanctions.BanBody>>;
export type Warning = Body<Static<typeof sanctions.WarnBody>>;
export type Timeout = Body<Static<typeof sanctions.TimeoutBody>>;
export type UnbanBody = Body<Static<typeof sanctions.UnbanBody>>;
export type ModerationAction = Static<typeof sanctions.ModerationAction>;
export type ModerationActions = Static<typeof sanctions.ModerationActions>;
export type ModerationQuery = Query<Static<typeof sanctions.ActionsQuery>>;
export type UserUpdate = Body<Static<typeof management.UpdateUserBody>>;
export type PermissionBody = Body<Static<typeof management.PermissionBody>>;
export type Grant = Body<Static<typeof subscriptions.GrantBody>>;
export type Revocation = Body<Static<typeof subscriptions.RevokeBody>>;
export type SubscribersQuery = Query<Static<typeof subscriptions.ActiveQuery>>;
export type Subscriber = Static<typeof subscriptions.Subscriber>;
export type Subscribers = Static<typeof subscriptions.Subscribers>;
export type StrangersQuery = Query<Static<typeof strangers.StrangersQuery>>;
export type ListedStranger = Static<typeof strangers.ListedStranger>;
/** `duration` in seconds. */
export type StrangerBlock = Body<Static<typeof strangers.BlockBody>>;
export type ReportsQuery = Query<Static<typeof reports.ReportsQuery>>;
export type Report = Static<typeof reports.Report>;
export type Reports = Static<typeof reports.Reports>;
export type ReportDecision = Body<Static<typeof reports.ResolveBody>>;
export type AuditQuery = Query<Static<typeof audit.AuditQuery>>;
export type AuditEntry = Static<typeof audit.AuditEntry>;
export type AuditEntries = Static<typeof audit.AuditEntries>;
/** Without `user_ids` everyone is told. */
export type NewNotification = Body<Static<typeof notifications.SendNotificationBody>>;
export type NotificationSent = Static<typeof notifications.NotificationSent>;
export type NewAnnouncement = Body<Static<typeof announcements.CreateAnnouncementBody>>;
export type AdminHealth = Static<typeof monitoring.AdminHealth>;

export type InstanceUpdate = Body<Static<typeof about.UpdateInstanceBody>>;

/** People and records, for staff. `Admin` has chats and bots as well. */
export interface Staff {
  /** Ends someone's sessions and sockets at once. */
  banUser(userId: number, body: Ban, options?: CallOptions): Promise<Done>;
  /** Lifts a ban or timeout. */
  unbanUser(userId: number, body?: UnbanBody, options?: CallOptions): Promise<Done>;
  /** Disconnects someone until a time. They stay signed in and can read their profile. */
  timeOutUser(userId: number, body: Timeout, options?: CallOptions): Promise<Done>;
  /** Adds a warning to someone's record and tells them. */
  warnUser(userId: number, body: Warning, options?: CallOptions): Promise<Done>;
  /** Changes someone's name or picture: all or nothing. */
  updateUser(userId: number, body: UserUpdate, options?: CallOptions): Promise<Done>;
  setUserPermission(userId: number, body: PermissionBody, options?: CallOptions): Promise<Done>;
  /** Deletes an account and everything it owns. */
  deleteUser(userId: number, options?: CallOptions): Promise<Done>;
  /** Warnings, timeouts, bans, mutes and kicks, newest first. */
  listModerationActions(query?: ModerationQuery, options?: CallOptions): Promise<ModerationActions>;
  grantSubscription(body: Grant, options?: CallOptions): Promise<Done>;
  revokeSubscription(body: Revocation, options?: CallOptions): Promise<Done>;
  listActiveSubscriptions(query?: SubscribersQuery, options?: CallOptions): Promise<Subscribers>;
  listStrangers(query?: StrangersQuery, options?: CallOptions): Promise<List<ListedStranger>>;
  /** Ends a stranger's search and talks, and keeps them from searching. */
  blockStranger(signature: string, body?: StrangerBlock, options?: CallOptions): Promise<Done>;
  unblockStranger(signature: string, options?: CallOptions): Promise<Done>;
  /** What people of direct chats reported, newest first. */
  listReports(query?: ReportsQuery, options?: CallOptions): Promise<Reports>;
  resolveReport(reportId: number, body: ReportDecision, options?: CallOptions): Promise<Report>;
  listAuditEntries(query?: AuditQuery, options?: CallOptions): Promise<AuditEntries>;
  sendNotification(body: NewNotification, options?: CallOptions): Promise<NotificationSent>;
  createAnnouncement(body: NewAnnouncement, options?: CallOptions): Promise<Announcement>;
  deleteAnnouncement(announcementId: number, options?: CallOptions): Promise<Done>;
  /** The health with the hash of the sources, also of an unhealthy instance (503). */
  getAdminHealth(options?: CallOptions): Promise<AdminHealth>;
  /** Owners: changes the name or the welcome of the instance. */
  updateInstance(body: InstanceUpdate, options?: CallOptions): Promise<About>;
}

export const STAFF = {
  banUser: 'POST /v1/admin/users/{user_id}/ban banUser body',
  unbanUser: 'POST /v1/admin/users/{user_id}/unban unbanUser body again',
  timeOutUser: 'POST /v1/admin/users/{user_id}/timeout timeOutUser body',
  warnUser: 'POST /v1/admin/users/{user_id}/warn warnUser body',
  updateUser: 'POST /v1/admin/users/{user_id}/update updateUser body again',
  setUserPermission: 'POST /v1/admin/users/{user_id}/permission setUserPermission body again',
  deleteUser: 'POST /v1/admin/users/{user_id}/delete deleteUser',
  listModerationActions: 'GET /v1/admin/moderation listModerationActions query',
  grantSubscription: 'POST /v1/admin/subscriptions/grant grantSubscription body',
  revokeSubscription: 'POST /v1/admin/subscriptions/revoke revokeSubscription body',
  listActiveSubscriptions: 'GET /v1/admin/subscriptions/active listActiveSubscriptions query',
  listStrangers: 'GET /v1/admin/strangers listStrangers query',
  blockStranger: 'POST /v1/admin/strangers/{signature}/block blockStranger body',
  unblockStranger: 'POST /v1/admin/strangers/{signature}/unblock unblockStranger again',
  listReports: 'GET /v1/admin/reports listReports query',
  resolveReport: 'POST /v1/admin/reports/{report_id}/resolve resolveReport body',
  listAuditEntries: 'GET /v1/admin/audit/logs listAuditEntries query',
  sendNotification: 'POST /v1/admin/notifications sendNotification body',
  createAnnouncement: 'POST /v1/admin/announcements createAnnouncement body',
  deleteAnnouncement: 'POST /v1/admin/announcements/{announcement_id}/delete deleteAnnouncement',
  getAdminHealth: 'GET /v1/admin/health getAdminHealth 503',
  updateInstance: 'POST /v1/admin/instance/update updateInstance body again',
} as const satisfies Record<keyof Staff, Route>;
