/** Someone may do nothing for a while; their sessions stay. */
export type PlatformEvent = { name: 'user.timed_out'; userId: number };
