/** A user was timed out. Their sessions stay. */
export type PlatformModerationEvent = { name: 'user.timed_out'; userId: number };
