/**
 * What travels, as it travels: snake_case, times as ISO 8601 in UTC. Each type stands alone, so that it can become
 * `Static<typeof …>` of the server's model by a type-only import. An answer may carry more than is named here.
 */

/** 0 User, 1 Moderator, 2 Admin, 3 Owner. */
export type PermissionLevel = number;
/** 0 Basic, 1 Trial, 2 Premium, 3 Lifetime. */
export type SubscriptionTier = number;

export type Identity = { id: number; username: string; avatar_url: string | null };

/** The sender of a message: `id` is null in a direct chat, where both sides are anonymous. */
export type Sender = { id: number | null; username: string; avatar_url: string | null };

export type LinkedPlatform = {
  platform: string;
  platform_user_id: string;
  platform_username: string | null;
  platform_avatar_url: string | null;
  linked_at: string;
  last_authenticated_at: string | null;
};

export type Profile = {
  id: number;
  username: string;
  avatar_url: string | null;
  subscription_tier: SubscriptionTier;
  /** 0 Active, 1 Timeout, 2 Banned. */
  state: number;
  permission_level: PermissionLevel;
  subscription_expires_at: string | null;
  subscription_granted_by: number | null;
  last_activity_at: string | null;
  permission_since: string | null;
  avatar_source: string | null;
  linked_platforms: LinkedPlatform[];
  created_at: string;
  updated_at: string;
};

export type VerifiedProfile = Profile & { user_created: boolean; subscription_level: SubscriptionTier };
export type ProfileUpdate = { username?: string; avatar_source?: string };
export type ProfileUpdated = { user: Profile; errors: Record<string, string> | null };

export type AccountLookup = {
  id: number;
  username: string;
  avatar_url: string | null;
  permission_level: PermissionLevel;
  subscription_tier: SubscriptionTier;
  platforms: { platform: string; platform_user_id: string }[];
};

export type LoginCodeRequested = { message: string; expires_at: string };

/** How a bot names somebody on its own platform. */
export type PlatformIdentity = {
  platform: string;
  platform_user_id: string;
  platform_username: string;
  platform_avatar_url: string | null;
};

/** Both null when no code is pending. */
export type LoginCode = { code: string | null; expires_at: string | null };
export type SentLoginCode = { code: string; expires_at: string };

export type Message = { message: string };

export type RootInfo = { name: string; version: string; docs: string; openapi: string; started_at: string };

export type Health = {
  status: 'healthy' | 'degraded' | 'unhealthy';
  database: boolean;
  cache: boolean;
  started_at: string;
  db_statistics: Record<string, number | null>;
  cache_statistics: Record<string, number | null>;
  errors: string[];
};

export type BrowserConfig = {
  browser: 'chromium' | 'firefox' | 'brave' | 'tor';
  start_url: string | null;
  kiosk: boolean;
};

export type Chat = {
  id: number;
  chat_type: 'group' | 'direct';
  name: string;
  owner: Identity | null;
  visibility: 'official' | 'public' | 'private';
  label: string | null;
  slug: string | null;
  description: string | null;
  avatar_url: string | null;
  archived: boolean;
};

export type ChatDetails = Chat & {
  wipe_preset: '1m' | '15m' | '1h' | '4h' | '24h' | null;
  history_visible: boolean;
  allow_control_requests: boolean;
  locked_controls: boolean;
  implicit_hosting: boolean;
  inactive_cursors: boolean;
  browser_config: BrowserConfig;
  running: boolean;
  viewer_count: number;
  can_manage: boolean;
};

export type NewChat = {
  name: string;
  description?: string;
  allow_control_requests?: boolean;
  browser_config?: Partial<BrowserConfig>;
};

export type Invite = {
  code: string;
  chat_id: number;
  created_by_id: number;
  created_at: string;
  expires_at: string | null;
  uses: number;
  max_uses: number | null;
};

export type NewInvite = { expires_at?: string | null; max_uses?: number | null };
export type Resolved = { chat: Chat; method: 'invite' | 'vanity'; joined: boolean };
export type KeyRegistered = { status: 'registered' | 'unchanged' };
export type SentMessage = { id: string };
export type Kick = { user_id: number; reason?: string };
export type Done = { ok: true };

export type HistoryEntry = {
  chat_id: number;
  chat_name: string;
  /** Unix milliseconds, a dash, a sequence number. */
  id: string;
  /** The message before it in the chat, or null. */
  prev_id: string | null;
  sender: Sender | null;
  permission_level: PermissionLevel | null;
  /** An envelope, or plain text in a system message. */
  content: string;
  type: 'user' | 'system';
  /** 16 hex digits; all zeros for a system message. */
  epoch: string;
  timestamp: string;
};

/** `limit` 1–500, 100 by default; `before` a message id, not included itself. */
export type HistoryQuery = { limit?: number; before?: string };

export type MemberSession = { session_id: string; public_key: string | null };

export type Member = {
  id: number;
  username: string;
  avatar_url: string | null;
  permission_level: PermissionLevel;
  sessions: MemberSession[];
};

export type Notification = {
  id: number;
  title: string;
  body: string;
  type: 'info' | 'success' | 'warning' | 'error';
  read_at: string | null;
  created_at: string;
  created_by: number | null;
};

export type Announcement = {
  id: number;
  title: string;
  body: string;
  type: 'info' | 'success' | 'warning' | 'error';
  created_at: string;
  expires_at: string | null;
};

export type NewBot = { name: string; owner_id: number; platform: string; rate_limit_per_hour?: number };

export type Bot = {
  id: number;
  name: string;
  platform: string;
  groups: number;
  users: number;
  owner_id: number;
  bot_type: number;
  is_active: boolean;
  rate_limit_per_hour: number;
  avatar_url: string | null;
  latency_ms: number | null;
  is_verified: boolean;
  last_activity_at: string | null;
  created_at: string;
  updated_at: string;
};

/** `api_key` is shown this once. */
export type BotCreated = { message: string; bot: Bot; api_key: string; created_at: string; updated_at: string };
