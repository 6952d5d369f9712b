/** Who may not enter a chat, or not speak. `durationS` is 0 for what has no end. */
export type ModerationEvent =
  | { name: 'member.banned'; chatId: number; userId: number; durationS: number; reason: string | null }
  | { name: 'member.unbanned'; chatId: number; userId: number }
  | { name: 'member.muted'; chatId: number; userId: number; durationS: number; reason: string | null }
  | { name: 'member.unmuted'; chatId: number; userId: number }
  | { name: 'user.hard_muted'; userId: number; durationS: number }
  | { name: 'user.hard_unmuted'; userId: number };
