import { describe, expect, test } from 'bun:test';
import {
  arrived,
  asked,
  type Control,
  type ControlFlags,
  canControl,
  cancelled,
  flagsOf,
  given,
  gone,
  isSame,
  mayAsk,
  mayGive,
  mayTake,
  NO_CONTROL,
  released,
  reset,
} from '../../src/modules/chats/control/control.policy.ts';
import { Chance, fuzzSeed } from '../support/fuzz.ts';

const [ADA, BOB, CAROL] = [1, 2, 3];
const OPEN: ControlFlags = { requests: true, locked: false, implicit: false };
const IMPLICIT: ControlFlags = { ...OPEN, implicit: true };
const CLOSED: ControlFlags = { requests: false, locked: false, implicit: false };
const here = (...people: number[]) => new Set(people);
const everyone = here(ADA, BOB, CAROL);

describe('a request', () => {
  test('goes to the end of the queue, once, and not for the host', () => {
    const one = asked({ host: ADA, queue: [] }, OPEN, everyone, BOB);
    const two = asked(one, OPEN, everyone, CAROL);
    expect(two).toEqual({ host: ADA, queue: [BOB, CAROL] });
    expect(asked(two, OPEN, everyone, BOB)).toBe(two);
    expect(asked(two, OPEN, everyone, ADA)).toBe(two);
  });

  test('waits while nobody has control, unless it passes on by itself', () => {
    expect(asked(NO_CONTROL, OPEN, everyone, BOB)).toEqual({ host: null, queue: [BOB] });
    expect(asked(NO_CONTROL, IMPLICIT, everyone, BOB)).toEqual({ host: BOB, queue: [] });
  });

  test('is withdrawn by its maker, and otherwise nothing is', () => {
    const control = { host: ADA, queue: [BOB, CAROL] };
    expect(cancelled(control, BOB)).toEqual({ host: ADA, queue: [CAROL] });
    expect(cancelled(control, ADA)).toBe(control);
  });
});

describe('control', () => {
  test('is given to someone in the queue or not, whoever had it', () => {
    expect(given({ host: ADA, queue: [BOB, CAROL] }, CAROL)).toEqual({ host: CAROL, queue: [BOB] });
    expect(given(NO_CONTROL, BOB)).toEqual({ host: BOB, queue: [] });
    const control = { host: ADA, queue: [BOB] };
    expect(given(control, ADA)).toBe(control);
  });

  test('is given up by the host alone', () => {
    const control = { host: ADA, queue: [BOB] };
    expect(released(control, OPEN, everyone, ADA)).toEqual({ host: null, queue: [BOB] });
    expect(released(control, IMPLICIT, everyone, ADA)).toEqual({ host: BOB, queue: [] });
    expect(released(control, IMPLICIT, everyone, BOB)).toBe(control);
  });

  test('passes to the first of the queue who is there, or to nobody', () => {
    const control = { host: ADA, queue: [BOB, CAROL] };
    expect(gone(control, IMPLICIT, here(BOB, CAROL), ADA)).toEqual({ host: BOB, queue: [CAROL] });
    expect(gone(control, IMPLICIT, here(CAROL), ADA)).toEqual({ host: CAROL, queue: [BOB] });
    expect(gone(control, IMPLICIT, here(), ADA)).toEqual({ host: null, queue: [BOB, CAROL] });
    expect(gone(control, OPEN, here(BOB, CAROL), ADA)).toEqual({ host: null, queue: [BOB, CAROL] });
    expect(gone({ host: ADA, queue: [] }, IMPLICIT, everyone, ADA)).toEqual(NO_CONTROL);
  });

  test('goes to the first who comes in while nobody has it, where that is set and requests are taken', () => {
    expect(arrived(NO_CONTROL, IMPLICIT, everyone, BOB)).toEqual({ host: BOB, queue: [] });
    expect(arrived({ host: ADA, queue: [] }, IMPLICIT, everyone, BOB)).toEqual({ host: ADA, queue: [] });
    expect(arrived(NO_CONTROL, OPEN, everyone, BOB)).toBe(NO_CONTROL);
    expect(arrived(NO_CONTROL, { ...IMPLICIT, requests: false }, everyone, BOB)).toBe(NO_CONTROL);
    // Who came back after all others had gone is first if they were in the queue.
    expect(arrived({ host: null, queue: [BOB, CAROL] }, IMPLICIT, here(CAROL), CAROL)).toEqual({
      host: CAROL,
      queue: [BOB],
    });
    expect(arrived({ host: null, queue: [BOB] }, IMPLICIT, here(ADA, BOB), ADA)).toEqual({ host: BOB, queue: [] });
  });

  test('stays where it is when the settings change; requests fall where they are no longer taken', () => {
    expect(reset({ host: ADA, queue: [BOB] }, CLOSED, everyone)).toEqual({ host: ADA, queue: [] });
    expect(reset({ host: null, queue: [BOB] }, IMPLICIT, everyone)).toEqual({ host: BOB, queue: [] });
    const control = { host: ADA, queue: [BOB] };
    expect(reset(control, { ...OPEN, locked: true }, everyone)).toBe(control);
  });
});

describe('settings', () => {
  const row = { allowControlRequests: true, lockedControls: false, implicitHosting: false };

  test('are those of the chat', () => {
    expect(flagsOf(row)).toEqual(OPEN);
    expect(flagsOf({ allowControlRequests: false, lockedControls: true, implicitHosting: true })).toEqual({
      requests: false,
      locked: true,
      implicit: true,
    });
  });

  test('are the same if each of them is', () => {
    expect(isSame(OPEN, { ...OPEN })).toBe(true);
    expect(isSame(CLOSED, { ...CLOSED })).toBe(true);
    for (const field of ['requests', 'locked', 'implicit'] as const)
      expect(isSame(OPEN, { ...OPEN, [field]: !OPEN[field] })).toBe(false);
  });

  test('and exits that concern nobody change nothing', () => {
    const control = { host: ADA, queue: [BOB] };
    expect(gone(control, IMPLICIT, everyone, CAROL)).toBe(control);
    expect(reset(NO_CONTROL, CLOSED, everyone)).toBe(NO_CONTROL);
  });
});

describe('who may', () => {
  const SETTINGS = [OPEN, { ...OPEN, locked: true }, CLOSED, { ...CLOSED, locked: true }];

  test.each([
    ['a manager gives, always', { isManager: true, isHost: false }, [true, true, true, true]],
    [
      'the host gives, unless controls are locked or only managers decide',
      { isManager: false, isHost: true },
      [true, false, false, false],
    ],
    ['others give never', { isManager: false, isHost: false }, [false, false, false, false]],
  ])('%s', (_, standing, may) => {
    expect(SETTINGS.map((flags) => mayGive(standing, flags))).toEqual(may);
  });

  test('ask, take, and be told that they can', () => {
    expect(SETTINGS.map(mayAsk)).toEqual([true, true, false, false]);
    expect([true, false].map((isManager) => mayTake({ isManager }))).toEqual([true, false]);
    expect(SETTINGS.map((flags) => canControl({ isManager: true }, flags))).toEqual([true, true, true, true]);
    expect(SETTINGS.map((flags) => canControl({ isManager: false }, flags))).toEqual([true, true, false, false]);
  });
});

test('whatever happens, one person has control or none, and nobody waits twice or outside', () => {
  const chance = new Chance(fuzzSeed());
  for (let round = 0; round < 200; round++) {
    let control: Control = NO_CONTROL;
    const inside = new Set<number>();
    const flags = () => ({ requests: chance.happens(0.7), locked: chance.happens(0.3), implicit: chance.happens(0.5) });
    let settings: ControlFlags = flags();
    for (let step = 0; step < 60; step++) {
      const who = 1 + chance.below(6);
      const what = chance.below(8);
      if (!inside.has(who)) {
        inside.add(who);
        control = arrived(control, settings, inside, who);
      } else if (what === 0) {
        inside.delete(who);
        control = gone(control, settings, inside, who);
      } else if (what === 1) {
        settings = flags();
        control = reset(control, settings, inside);
      } else if (what === 2) control = given(control, who);
      else if (what === 3) control = cancelled(control, who);
      else if (what === 4) control = released(control, settings, inside, who);
      else if (mayAsk(settings)) control = asked(control, settings, inside, who);

      const { host, queue } = control;
      expect(new Set(queue).size).toBe(queue.length);
      expect(queue.filter((userId) => userId === host || !inside.has(userId))).toEqual([]);
      expect(host === null || inside.has(host)).toBe(true);
      if (!settings.requests) expect(queue).toEqual([]);
      if (settings.implicit && settings.requests && host === null) expect(queue).toEqual([]);
    }
  }
});
