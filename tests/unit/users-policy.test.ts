import { describe, expect, test } from 'bun:test';
import { CONSOLE, LEVEL_NAMES, Level, type Principal, SYSTEM } from '../../src/core/principal.ts';
import { canActOn, mayActOn, maySetLevel } from '../../src/modules/people/users/users.policy.ts';

const LEVELS = [Level.User, Level.Moderator, Level.Admin, Level.Owner];
const someone = (level: Level): Principal => ({
  kind: 'user',
  userId: 1,
  username: 'ada',
  avatarUrl: null,
  level,
  sessionId: 's',
});

describe('who may act on whom', () => {
  // One line an actor, one letter a target: user, moderator, admin, owner.
  const TABLE = { user: '----', moderator: 'x---', admin: 'xx--', owner: 'xxxx' };

  for (const [actor, row] of Object.entries(TABLE)) {
    test(`${actor}: ${row}`, () => {
      const level = LEVEL_NAMES.indexOf(actor as (typeof LEVEL_NAMES)[number]) as Level;
      const may = (check: (target: Level) => boolean) => LEVELS.map((target) => (check(target) ? 'x' : '-')).join('');
      expect(may((target) => canActOn(level, target))).toBe(row);
      expect(may((target) => mayActOn(someone(level), target))).toBe(row);
    });
  }

  test('the console and the server on everybody, bots and clients on nobody', () => {
    for (const target of LEVELS) {
      expect(mayActOn(CONSOLE, target)).toBe(true);
      expect(mayActOn(SYSTEM, target)).toBe(true);
      expect(mayActOn({ kind: 'client' }, target)).toBe(false);
      expect(mayActOn({ kind: 'stranger', sessionId: 's', alias: 'ghostly-stranger', signature: '0' }, target)).toBe(
        false,
      );
    }
  });
});

describe('who may bring whom to which level', () => {
  // Of each target, one letter a new level: user, moderator, admin, owner.
  const TABLE: Record<string, Record<string, string>> = {
    user: { user: '----', moderator: '----', admin: '----', owner: '----' },
    moderator: { user: '----', moderator: '----', admin: '----', owner: '----' },
    admin: { user: 'x---', moderator: 'x---', admin: '----', owner: '----' },
    owner: { user: 'xxx-', moderator: 'xxx-', admin: 'xxx-', owner: 'xxx-' },
  };
  const levelOf = (name: string) => LEVEL_NAMES.indexOf(name as (typeof LEVEL_NAMES)[number]) as Level;

  for (const [actor, targets] of Object.entries(TABLE)) {
    for (const [target, row] of Object.entries(targets)) {
      test(`${actor} of ${target}: ${row}`, () => {
        const given = LEVELS.map((level) => maySetLevel(someone(levelOf(actor)), levelOf(target), level));
        expect(given.map((may) => (may ? 'x' : '-')).join('')).toBe(row);
      });
    }
  }

  test('the console anybody, to any; the server itself nobody', () => {
    for (const target of LEVELS) {
      for (const level of LEVELS) {
        expect(maySetLevel(CONSOLE, target, level)).toBe(true);
        expect(maySetLevel(SYSTEM, target, level)).toBe(false);
      }
    }
  });
});
