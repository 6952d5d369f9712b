/** A user's level was set: what they may do can be less than before. */
export type UsersEvent = { name: 'user.level_changed'; userId: number };
