import { expect, test } from 'bun:test';
import { isCrowdOf, isReturn } from '../../src/modules/chats/membership/membership.policy.ts';

test('more than 200 people are a crowd', () => {
  expect([0, 199, 200, 201].map(isCrowdOf)).toEqual([false, false, false, true]);
});

test('who is still there, or comes back within 60 seconds, has not left', () => {
  const after = (awayMs: number) => isReturn({ leftAt: 1000 }, 1000 + awayMs);
  expect(isReturn({ leftAt: null }, 1000)).toBe(true);
  expect([0, 60_000, 60_001].map(after)).toEqual([true, true, false]);
});
