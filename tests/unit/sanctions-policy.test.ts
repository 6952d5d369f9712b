import { expect, test } from 'bun:test';
import { DAY_MS } from '../../src/core/durations.ts';
import type { AuditEntry } from '../../src/modules/people/audit/audit.model.ts';
import { withoutChat } from '../../src/modules/people/audit/audit.policy.ts';
import {
  accountStateBy,
  isActive,
  LONGEST_BY_MODERATOR_MS,
} from '../../src/modules/people/sanctions/platform-moderation.policy.ts';
import { UserState } from '../../src/modules/people/users/users.policy.ts';

const NOW = 1000;
const action = (actionType: string, expiresAt: number | null = null, isLifted = false) => ({
  actionType,
  expiresAt,
  isLifted,
});

test('an action is in force until it ends or is lifted; a kick never is', () => {
  const ends = [null, NOW + 1, NOW, NOW - 1];
  expect(ends.map((end) => isActive(action('CHAT_BAN', end), NOW))).toEqual([true, true, false, false]);
  expect(isActive(action('CHAT_BAN', null, true), NOW)).toBe(false);
  expect(isActive(action('CHAT_KICK'), NOW)).toBe(false);
});

test('an account is banned rather than timed out, and for as long as the longest of its bans', () => {
  const [ban, timeout] = [action('PLATFORM_BAN', NOW + 5), action('PLATFORM_TIMEOUT', NOW + 9)];
  const active = { state: UserState.Active, stateExpiresAt: null };
  expect(accountStateBy([], NOW)).toEqual(active);
  expect(accountStateBy([action('CHAT_BAN'), action('WARNING')], NOW)).toEqual(active);
  expect(accountStateBy([timeout, ban], NOW)).toEqual({ state: UserState.Banned, stateExpiresAt: NOW + 5 });
  expect(accountStateBy([ban, action('PLATFORM_BAN', NOW + 7)], NOW)).toMatchObject({ stateExpiresAt: NOW + 7 });
  expect(accountStateBy([ban, action('PLATFORM_BAN')], NOW)).toEqual({ state: UserState.Banned, stateExpiresAt: null });
  expect(accountStateBy([timeout], NOW)).toEqual({ state: UserState.Timeout, stateExpiresAt: NOW + 9 });
  expect(accountStateBy([timeout, ban], NOW + 5)).toMatchObject({ state: UserState.Timeout });
  expect(accountStateBy([timeout, ban], NOW + 9)).toEqual(active);
});

test('a Moderator’s timeout lasts 30 days at most', () => {
  expect(LONGEST_BY_MODERATOR_MS).toBe(30 * DAY_MS);
});

test('an entry about a chat that the reader may not know of says to whom, by whom and when, not where or why', () => {
  const about = { user_id: 2, username: 'eve', chat: 'Secret', reason: 'Spoilers', expires_at: null, actor: 'system' };
  const entry = { entity_type: 'chat', entity_id: '7', actor_id: 1, event_metadata: about } as unknown as AuditEntry;
  expect(withoutChat(entry)).toEqual({
    ...entry,
    entity_id: null,
    event_metadata: { user_id: 2, username: 'eve', expires_at: null, actor: 'system' },
  });
});

test('an entry about a person that came from such a chat keeps all but the chat', () => {
  const about = { chat: 'Secret', chat_id: 7, reason: 'Spoilers' };
  const entry = { entity_type: 'user', entity_id: '2', event_metadata: about } as unknown as AuditEntry;
  expect(withoutChat(entry)).toEqual({ ...entry, event_metadata: { reason: 'Spoilers' } });
});
