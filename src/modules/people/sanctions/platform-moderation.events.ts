/** Someone may do nothing for a while; their sessions stay. */
export type PlatformModerationEvent = { name: 'user.timed_out'; userId: number };
