import { isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import { type PersonId, userIdOf } from '../../../core/principal.ts';
import { type AvatarAddress, presentUser } from '../../people/users/users.presenter.ts';
import type { Report, Side } from './reports.model.ts';
import type { ReportRow } from './reports.tables.ts';

type UserInShort = Parameters<typeof presentUser>[0];

/** The ids of all users who are a side of these reports. */
export function usersIn(rows: readonly ReportRow[]): number[] {
  return [...new Set(rows.flatMap((row) => [userIdOf(row.reporter) ?? [], userIdOf(row.reported) ?? []].flat()))];
}

/** `users`: by id, those of {@link usersIn}. */
export function presentReport(row: ReportRow, users: ReadonlyMap<number, UserInShort>, address: AvatarAddress): Report {
  const sideOf = (person: PersonId, signature: string | null, alias: string): Side => {
    const id = userIdOf(person);
    if (id === undefined) return { kind: 'stranger', signature: signature ?? '', alias };
    return { kind: 'user', user: presentUser(users.get(id) ?? gone(id), address) };
  };
  return {
    id: row.id,
    chat_id: row.chatId,
    reason: row.reason,
    state: row.state,
    created_at: isoTime(row.createdAt),
    reporter: sideOf(row.reporter, row.reporterSignature, row.reporterAlias),
    reported: sideOf(row.reported, row.reportedSignature, row.reportedAlias),
    decided_by_id: row.decidedById,
    decided_at: isoTimeOrNull(row.decidedAt),
  };
}

/** An account of which nothing is left. */
const gone = (id: number): UserInShort => ({ id, username: `deleted user ${id}`, avatarUrl: null });
