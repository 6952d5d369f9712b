/** A person was banned or muted. `durationS` is 0 for no end. */
export type ModerationEvent =
  | { name: 'member.banned'; chatId: number; userId: number; durationS: number; reason: string | null }
  | { name: 'member.unbanned'; chatId: number; userId: number }
  | { name: 'member.muted'; chatId: number; userId: number; durationS: number; reason: string | null }
  | { name: 'member.unmuted'; chatId: number; userId: number }
  | { name: 'user.hard_muted'; userId: number; durationS: number }
  | { name: 'user.hard_unmuted'; userId: number };
