import { describe, expect, test } from 'bun:test';
import {
  parsePersonId,
  personOf,
  personOfStranger,
  personOfUser,
  strangerSessionOf,
  userIdOf,
} from '../../src/core/principal.ts';

describe('a person', () => {
  test('with an account is that account, in every session', () => {
    expect(personOf({ sessionId: 'a', userId: 12 })).toBe(personOfUser(12));
    expect(personOf({ sessionId: 'b', userId: 12 })).toBe(personOfUser(12));
    expect(userIdOf(personOfUser(12))).toBe(12);
    expect(strangerSessionOf(personOfUser(12))).toBeUndefined();
  });

  test('without one is a session, and never the account with the same digits', () => {
    expect(personOf({ sessionId: '12', userId: null })).toBe(personOfStranger('12'));
    expect(personOf({ sessionId: '12' })).not.toBe(personOfUser(12));
    expect(userIdOf(personOfStranger('12'))).toBeUndefined();
    expect(strangerSessionOf(personOfStranger('u:12'))).toBe('u:12');
  });

  test.each([
    ['u:12', true],
    ['s:4f-_9', true],
    ['u:0', false],
    ['u:012', false],
    ['u:-1', false],
    ['u:', false],
    ['s:', false],
    ['s:a b', false],
    ['x:1', false],
    ['12', false],
    ['', false],
  ])('is read as it is written: %s', (text, isOne) => {
    expect(parsePersonId(text) as string | undefined).toBe(isOne ? text : undefined);
  });
});
