/** REST alone, without the live part and the cryptography: a few kilobytes, for bots and for scripts. */

export type * from './api/admin.ts';
export type * from './api/auth.ts';
export type * from './api/bots.ts';
export type * from './api/browser.ts';
export type * from './api/chats.ts';
export type * from './api/instance.ts';
export type * from './api/match.ts';
export type * from './api/messages.ts';
export type * from './api/notifications.ts';
export type { Body, CallOptions, List, Query } from './api/route.ts';
export type * from './api/staff.ts';
export type * from './api/users.ts';
export type * from './browser-wire.ts';
export { isPortalError, PortalError, type PortalErrorDetails } from './errors.ts';
export { type Operations, PortalRest } from './link/rest.ts';
export type { Fetch, RestOptions } from './link/rest-transport.ts';
export type * from './match-wire.ts';
export type * from './wire.ts';
