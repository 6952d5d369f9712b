import { describe, expect, test } from 'bun:test';
import { plan, RECIPIENTS_AT_ONCE, type View } from '../../src/modules/chats/keys/keys.plan.ts';

const holder = (sessionId: string) => ({ sessionId }) as View['free'][number];
const recipient = (sessionId: string) => ({ sessionId }) as View['lacking'][number];

/** A room in which somebody waits for a key that one free holder has. */
const view = (more: Partial<View> = {}): View => ({
  isHeld: true,
  isSpokenUnder: false,
  isRenewalDue: false,
  isAnyonePresent: true,
  free: [holder('ada')],
  isBringing: false,
  isMaking: false,
  lacking: [recipient('bob')],
  isSomeoneWaiting: true,
  wasAsked: () => false,
  ...more,
});
const unheld = { isHeld: false, free: [] };

describe('what follows from a look at a key', () => {
  test.each<[string, Partial<View>, string]>([
    ['nobody is present', { isAnyonePresent: false, isRenewalDue: true }, 'wait'],
    ['somebody is too new for this epoch', { isRenewalDue: true }, 'renew'],
    ['nobody lacks it', { lacking: [] }, 'wait'],
    ['a holder is free', {}, 'ask'],
    ['the holders are all at it', { free: [], isBringing: true }, 'ask'],
    ['no holder can bring it, and somebody here waits', { free: [] }, 'abandon'],
    ['no holder can bring it, and only people who are away lack it', { free: [], isSomeoneWaiting: false }, 'wait'],
    ['nobody holds it, but something was said under it', { ...unheld, isSpokenUnder: true }, 'abandon'],
    ['nobody has made it yet', unheld, 'make'],
    ['it is being made', { ...unheld, isMaking: true }, 'wait'],
    ['it was made, but its maker’s answer still waits for the disk', { free: [], isMaking: true }, 'wait'],
    ['so it was, and something was said under it', { free: [], isMaking: true, isSpokenUnder: true }, 'wait'],
    ['a session without it is free', { isHeld: false }, 'make'],
    ['nobody has made it, and only people who are away lack it', { ...unheld, isSomeoneWaiting: false }, 'wait'],
  ])('%s', (_what, more, expected) => {
    expect(plan(view(more)).do as string).toBe(expected);
  });
});

describe('recipients are spread over the free holders', () => {
  const spread = (more: Partial<View>) => {
    const made = plan(view(more));
    if (made.do !== 'ask') throw new Error(made.do);
    const ids = (some: { sessionId: string }[]) => some.map(({ sessionId }) => sessionId);
    return {
      errands: made.errands.map(({ distributor, recipients }) => [distributor.sessionId, ids(recipients)]),
      left: ids(made.left),
    };
  };
  const [ada, eve] = [holder('ada'), holder('eve')];

  test('the first holder is asked for all, the next for none', () => {
    const lacking = [recipient('bob'), recipient('carl')];
    expect(spread({ free: [ada, eve], lacking })).toEqual({ errands: [['ada', ['bob', 'carl']]], left: [] });
  });

  test('nobody is asked twice for the same one: the next holder is, and in the end nobody', () => {
    const lacking = [recipient('bob'), recipient('carl')];
    const asked = (pairs: string[]) => (by: string, of: string) => pairs.includes(`${by} ${of}`);
    expect(spread({ free: [ada, eve], lacking, wasAsked: asked(['ada bob']) })).toEqual({
      errands: [
        ['ada', ['carl']],
        ['eve', ['bob']],
      ],
      left: [],
    });
    expect(spread({ free: [ada, eve], wasAsked: asked(['ada bob']) })).toEqual({
      errands: [['eve', ['bob']]],
      left: [],
    });
    expect(spread({ free: [ada], lacking, wasAsked: asked(['ada bob']) }).left).toEqual(['bob']);
  });

  test('each for 256 at most; the rest is left for the next look', () => {
    expect(RECIPIENTS_AT_ONCE).toBe(256);
    const lacking = Array.from({ length: 600 }, (_, index) => recipient(`s${index}`));
    const { errands, left } = spread({ free: [ada, eve], lacking });
    expect(errands.map(([who, recipients]) => [who, recipients?.length])).toEqual([
      ['ada', 256],
      ['eve', 256],
    ]);
    expect(left).toEqual(lacking.slice(512).map(({ sessionId }) => sessionId));
  });
});
