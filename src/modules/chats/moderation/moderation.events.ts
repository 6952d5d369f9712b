import type { ShownUser } from '../../people/users/users.presenter.ts';

type Term = { chatId: number; userId: number; durationS: number; reason: string | null; actor: ShownUser | null };

/** A person was banned or muted. `durationS` is 0 for no end; `actor` is null for staff who are not in the chat. */
export type ModerationEvent =
  | ({ name: 'member.banned' } & Term)
  | { name: 'member.unbanned'; chatId: number; userId: number }
  | ({ name: 'member.muted' } & Term)
  | { name: 'member.unmuted'; chatId: number; userId: number }
  | { name: 'user.hard_muted'; userId: number; durationS: number }
  | { name: 'user.hard_unmuted'; userId: number };
