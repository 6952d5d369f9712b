import { describe, expect, test } from 'bun:test';
import { AT_FIRST, controlsOf, holdsMouse, type Viewer } from '../../src/web/viewer/state.ts';
import {
  controlWords,
  coverOf,
  dialogWords,
  idleWords,
  lagWords,
  lineWords,
  noticeWords,
} from '../../src/web/viewer/words.ts';

const BROWSER = { engine: 'local', width: 1280, height: 720, url: '/', frames: true } as const;
const CHAT = {
  name: 'Movie night',
  can_manage: false,
  allow_control_requests: true,
  locked_controls: false,
  inactive_cursors: false,
  browser_config: { browser: 'chromium', start_url: null, kiosk: false },
} as Viewer['chat'] & object;
const NAMES = new Map([
  [1, 'mira'],
  [2, 'linus'],
]);
const JOINED: Viewer = { ...AT_FIRST, line: 'open', me: 2, names: NAMES, chat: CHAT };
const ON: Viewer = { ...JOINED, browser: BROWSER, hasPicture: true };

const held = (host_user_id: number | null, queue: number[] = [], locked = false): Viewer => ({
  ...ON,
  control: { host_user_id, queue, locked, implicit: false },
});

describe('over the picture it says', () => {
  test.each<[string, Viewer, string, string]>([
    ['that it is connecting', AT_FIRST, 'One moment', 'Connecting.'],
    ['who can start the browser', JOINED, 'The shared browser is off', 'The chat’s owner can start it.'],
    [
      'why there is none, in the server’s words',
      { ...JOINED, mayStart: true, problem: 'No Chromium was found: install one' },
      'The browser did not start',
      'No Chromium was found: install one',
    ],
    [
      'how far a start is',
      { ...JOINED, progress: { step: 'boot', percent: null } },
      'Starting the browser',
      'It is coming up.',
    ],
    [
      'why it stopped',
      { ...JOINED, mayStart: true, stopped: { reason: 'idle', error: null } },
      'The shared browser is off',
      'It stopped because nobody was watching.',
    ],
    [
      'what went wrong',
      { ...JOINED, stopped: { reason: 'failed', error: 'It crashed three times' } },
      'The shared browser is off',
      'It crashed three times. The chat’s owner can start it.',
    ],
    ['that it crashed', { ...ON, isRecovering: true }, 'The browser crashed', 'It is being started again.'],
    ['that the picture is on its way', { ...ON, hasPicture: false }, 'One moment', 'The picture is coming.'],
    [
      'why it is over',
      { ...ON, line: 'over', ending: 'You were removed from this chat.' },
      'This is over',
      'You were removed from this chat.',
    ],
  ])('%s', (_what, viewer, title, text) => {
    expect(coverOf(viewer)).toMatchObject({ title, text });
  });

  test('nothing while there is a picture, also one that stands still for a lost line', () => {
    expect(coverOf(ON)).toBeNull();
    expect(coverOf({ ...ON, line: 'lost' })).toBeNull();
  });

  test('to whoever may start the browser, a button, and to no one else', () => {
    expect(coverOf({ ...JOINED, mayStart: true })?.does).toBe('start');
    expect(coverOf(JOINED)?.does).toBeNull();
    expect(coverOf({ ...JOINED, mayStart: true, progress: { step: 'pull', percent: 40 } })).toMatchObject({
      does: null,
      percent: 40,
    });
  });
});

describe('of a picture that comes by WebRTC it says', () => {
  const LIVE: Viewer = { ...ON, browser: { ...BROWSER, engine: 'docker', frames: false }, live: 'playing' };

  test('nothing while it plays, or rests', () => {
    for (const live of ['playing', 'resting'] as const) expect(coverOf({ ...LIVE, live })).toBeNull();
    expect(lineWords(LIVE)).toBeUndefined();
  });

  test('that it is on its way, first over the stage and later beside it', () => {
    expect(coverOf({ ...LIVE, live: 'coming', hasPicture: false })?.text).toBe('The picture is coming.');
    const again: Viewer = { ...LIVE, live: 'coming' };
    expect([coverOf(again), lineWords(again)]).toEqual([null, undefined]);
    expect(lineWords({ ...again, isLate: true })).toBe('The picture stopped. Trying again.');
    expect(lineWords({ ...again, isLate: true, line: 'lost' })).toBe('Connection lost. Trying again.');
  });

  test('that the network blocks it, what helps, and to who runs the server what to look at', () => {
    const blocked = coverOf({ ...LIVE, live: 'blocked' });
    expect(blocked).toMatchObject({ title: 'Your network is blocking the video', does: 'again' });
    expect(blocked?.text).toContain('The talk goes on');
    expect(coverOf({ ...LIVE, live: 'blocked', runsServer: true })?.text).toContain('portal doctor');
  });

  test('that nothing answers, and why it has ended', () => {
    expect(coverOf({ ...LIVE, live: 'unanswered' })).toMatchObject({ title: 'No picture comes', does: 'again' });
    expect(coverOf({ ...LIVE, live: 'ended', liveEnding: 'Too many tabs' })?.text).toBe('Too many tabs.');
  });
});

describe('of the mouse it says', () => {
  test.each([
    [held(1), 'mira has the mouse', ''],
    [held(2), 'You have the mouse', ''],
    [held(null), 'Nobody has the mouse', ''],
    [held(9), 'Somebody has the mouse', ''],
    [held(1, [2]), 'mira has the mouse', 'You are next'],
    [held(1, [5, 6, 2]), 'mira has the mouse', 'You asked: 2 before you'],
  ])('who has it and where one stands', (viewer, holder, queue) => {
    expect(controlWords(viewer)).toEqual({ holder, queue });
  });

  test('nothing while the browser is off', () => {
    expect(controlWords(JOINED)).toEqual({ holder: '', queue: '' });
  });
});

describe('one may', () => {
  const may = (viewer: Viewer) =>
    Object.entries(controlsOf(viewer))
      .filter(([, isSo]) => isSo)
      .map(([name]) => name);
  const manager = (viewer: Viewer): Viewer => ({ ...viewer, chat: { ...CHAT, can_manage: true } });
  const quiet = (viewer: Viewer): Viewer => ({ ...viewer, chat: { ...CHAT, allow_control_requests: false } });

  test.each<[string, Viewer, string[]]>([
    ['ask for the mouse', held(1), ['ask']],
    ['stop asking', held(1, [2]), ['cancel']],
    ['give it back, hand it over, and go somewhere', held(2), ['release', 'grant', 'navigate']],
    ['not hand it over where that is for managers', held(2, [], true), ['release', 'navigate']],
    ['not ask where there is nothing to ask', quiet(held(1)), []],
    ['take it, or ask, as one who manages the chat', manager(held(1)), ['ask', 'take', 'grant']],
    ['take it from nobody without asking', manager(held(null)), ['take', 'grant']],
    ['do nothing while the line is lost', { ...held(2), line: 'lost' }, []],
    ['start it', { ...JOINED, mayStart: true }, ['start']],
    ['stop it', { ...held(1), mayStart: true }, ['ask', 'stop']],
  ])('%s', (_what, viewer, expected) => {
    expect(may(viewer)).toEqual(expected);
  });

  test('send input with the mouse alone, and only to a browser that runs', () => {
    expect(holdsMouse(held(2))).toBe(true);
    for (const viewer of [held(1), { ...held(2), isRecovering: true }, { ...held(2), line: 'lost' as const }])
      expect(holdsMouse(viewer)).toBe(false);
  });
});

describe('it warns', () => {
  test('before the browser stops, with the time that is left, or without it where the clocks differ', () => {
    const idle = { stopsAt: 100_000, reason: 'idle' } as const;
    expect(idleWords({ idle }, 45_000)).toBe('Nobody is watching. The browser stops in 55 s.');
    expect(idleWords({ idle: { ...idle, stopsAt: 345_000, reason: 'max' } }, 45_000)).toBe(
      'The browser stops in 5 min.',
    );
    for (const now of [200_000, -9_000_000])
      expect(idleWords({ idle }, now)).toBe('Nobody is watching. The browser stops soon.');
    expect(idleWords({ idle: null }, 0)).toBeUndefined();
  });

  test('of a slow line, and tells the latency otherwise', () => {
    expect(lagWords(ON)).toBeUndefined();
    expect(lagWords({ ...ON, lagMs: 62.4 })).toBe('62 ms');
    expect(lagWords({ ...ON, lagMs: 400, isSlow: true })).toBe('Slow line · 400 ms');
    expect(lagWords({ ...ON, isSmall: true })).toBe('Slow line: smaller picture');
  });

  test('of what a page wanted and did not get', () => {
    expect(noticeWords({ kind: 'download', host: 'files.example' })).toBe(
      'files.example offered a download. The shared browser takes none.',
    );
    expect(noticeWords({ kind: 'crash', host: null })).toBe('The page crashed and was loaded again.');
  });
});

test('a dialog of the page has buttons for whoever has the mouse, and says to the others who that is', () => {
  const dialog = { id: 'a', type: 'confirm', message: 'Leave?' } as const;
  expect(dialogWords(dialog, held(2))).toEqual({ title: 'The page asks', yes: 'OK', no: 'Cancel' });
  expect(dialogWords(dialog, held(1)).title).toBe('The page asks; mira can answer');
  expect(dialogWords({ ...dialog, type: 'alert' }, held(2))).toEqual({ title: 'The page says', yes: 'OK', no: null });
});
