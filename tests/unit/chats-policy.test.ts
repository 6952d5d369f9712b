import { describe, expect, test } from 'bun:test';
import { Level } from '../../src/core/principal.ts';
import {
  accessOf,
  browserConfigOf,
  canManage,
  canModerate,
  canModerateTarget,
  type Standing,
  standingOf,
} from '../../src/modules/chats/chats/chats.policy.ts';

const LEVELS = [Level.User, Level.Moderator, Level.Admin, Level.Owner];
const ADA = 1;
const EVE = 2;

type Visibility = Standing['chat']['visibility'];

/** How a person stands to a chat of Ada's. */
const standing = (visibility: Visibility, more: Partial<Standing> = {}): Standing => ({
  chat: { visibility, ownerId: ADA, chatType: 'group' },
  ownerLevel: Level.User,
  isMember: false,
  isBanned: false,
  ...more,
});
const direct = (isMember: boolean): Standing =>
  standing('private', { chat: { visibility: 'private', ownerId: ADA, chatType: 'direct' }, isMember });
const marks = (check: (level: Level) => boolean) => LEVELS.map((level) => (check(level) ? 'x' : '-')).join('');

describe('who may enter a chat that is not theirs', () => {
  // One letter a level: user, moderator, admin, owner. g: granted, b: told that a ban keeps them out, -: it does not exist.
  const TABLE: [Visibility, Partial<Standing>, string][] = [
    ['private', {}, '--gg'],
    ['private', { isMember: true }, 'gggg'],
    ['private', { isBanned: true }, '--bb'],
    ['private', { isBanned: true, isMember: true }, '--bb'],
    ['public', {}, 'gggg'],
    ['public', { isBanned: true }, 'bbbb'],
    ['official', {}, 'gggg'],
    ['official', { isBanned: true }, 'bbbb'],
  ];
  test.each(TABLE)('%s, %j: %s', (visibility, more, row) => {
    const letters = { granted: 'g', banned: 'b', unknown: '-' };
    const access = (level: Level) => letters[accessOf({ userId: EVE, level }, standing(visibility, more))];
    expect(LEVELS.map(access).join('')).toBe(row);
  });

  test('its owner always may, but for a ban', () => {
    const owner = { userId: ADA, level: Level.User };
    expect(accessOf(owner, standing('private'))).toBe('granted');
    expect(accessOf(owner, standing('private', { isBanned: true }))).toBe('banned');
  });

  test('a direct chat its two people alone, of whatever level', () => {
    for (const userId of [ADA, EVE])
      for (const level of LEVELS) {
        expect(accessOf({ userId, level }, direct(true))).toBe('granted');
        expect(accessOf({ userId, level }, direct(false))).toBe('unknown');
      }
  });
});

describe('who may change a chat, and keep order in it', () => {
  // The owner's level, then one letter per level of the caller.
  const TABLE: [Visibility, Level, string, string][] = [
    ['private', Level.User, '----', '--xx'],
    ['private', Level.Owner, '----', '--xx'],
    ['public', Level.User, '-xxx', '-xxx'],
    ['public', Level.Moderator, '--xx', '--xx'],
    ['public', Level.Admin, '---x', '---x'],
    ['official', Level.User, '-xxx', '-xxx'],
    ['official', Level.Admin, '---x', '---x'],
  ];
  test.each(TABLE)('%s, owned by level %i: %s, %s', (visibility, ownerLevel, managing, moderating) => {
    const found = standing(visibility, { ownerLevel });
    expect(marks((level) => canManage({ userId: EVE, level }, found))).toBe(managing);
    expect(marks((level) => canModerate({ userId: EVE, level }, found))).toBe(moderating);
  });

  test('the owner, whatever it is; in a direct chat nobody', () => {
    const owner = { userId: ADA, level: Level.User };
    for (const visibility of ['private', 'public', 'official'] as const) {
      expect(canManage(owner, standing(visibility))).toBe(true);
      expect(canModerate(owner, standing(visibility))).toBe(true);
    }
    for (const level of LEVELS) {
      expect(canManage({ userId: ADA, level }, direct(true))).toBe(false);
      expect(canModerate({ userId: ADA, level }, direct(true))).toBe(false);
    }
  });
});

describe('on whom somebody may act who keeps order', () => {
  // One letter a level of the target.
  const OWNER = ['x---', 'xx--', 'xxx-', 'xxxx'];
  const OTHERS = ['----', 'x---', 'xx--', 'xxxx'];
  test.each(LEVELS.map((level) => [level, OWNER[level] ?? '', OTHERS[level] ?? ''] as const))(
    'level %i: as the owner %s, else %s',
    (level, asOwner, else_) => {
      const may = (userId: number, target: number) =>
        marks((targetLevel) =>
          canModerateTarget({ userId, level }, standing('public'), { userId: target, level: targetLevel }),
        );
      expect(may(ADA, EVE)).toBe(asOwner);
      expect(may(EVE, 3)).toBe(else_);
      expect(may(EVE, ADA)).toBe(else_);
    },
  );
});

test('over a chat that is nobody’s ranks an Owner alone; who joined is a member, whom a ban names is banned', () => {
  const { chat } = standing('public');
  expect(standingOf({ chat, owner: null, memberSince: null, bannedAt: null })).toEqual({
    chat,
    ownerLevel: Level.Owner,
    isMember: false,
    isBanned: false,
  });
  const owner = { permissionLevel: Level.Moderator };
  expect(standingOf({ chat, owner, memberSince: 0, bannedAt: 0 })).toMatchObject({
    ownerLevel: Level.Moderator,
    isMember: true,
    isBanned: true,
  });
});

test('of a browser’s configuration what is not named stays as it is', () => {
  const plain = { browser: 'chromium', start_url: null, kiosk: false };
  expect(browserConfigOf()).toEqual(plain as never);
  const chosen = { browser: 'chromium', start_url: 'https://example.org', kiosk: true } as never;
  expect(browserConfigOf({}, chosen)).toEqual(chosen);
  expect(browserConfigOf({ kiosk: false }, chosen)).toMatchObject({ start_url: 'https://example.org', kiosk: false });
});
