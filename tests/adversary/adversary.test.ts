import { describe, expect, test } from 'bun:test';
import * as library from '../../src/client/index.ts';
import { KEY_ATTACKS } from './key-attacks.ts';
import { MESSAGE_ATTACKS } from './message-attacks.ts';
import { type Outcome, openWorld, type World } from './world.ts';

/** A client library of another version can be attacked with against.ts. */
async function attacked(attack: (world: World) => Promise<Outcome>, trust: 'listed' | 'verified' = 'listed') {
  const world = await openWorld(library, { trust });
  try {
    return await attack(world);
  } finally {
    await world.close();
  }
}

const told = (outcome: Outcome) => outcome.seen.told as string[];

describe('a server that lies about keys', () => {
  test.each([
    'a foreign chat key',
    'a foreign chat key in a member’s name',
    'an invented recipient',
    'an invented session of a member',
    'a swapped public key',
    'an old key for a new epoch',
  ] as const)('learns nothing by %s, and is found out', async (name) => {
    const outcome = await attacked(KEY_ATTACKS[name]);
    expect(outcome.learnt).toEqual([]);
    expect(told(outcome)).toContain('refused');
    expect(told(outcome)).not.toContain('keyChanged');
  });

  test('cannot keep people from talking by a foreign chat key', async () => {
    expect((await attacked(KEY_ATTACKS['a foreign chat key'])).seen.heard).toBe(true);
  });

  test('does not change the safety number by a recipient of its own', async () => {
    expect((await attacked(KEY_ATTACKS['an invented recipient'])).seen.isNumberSame).toBe(true);
  });

  test('cannot have an old key used again by a step back: there is none to speak with until a new one is made', async () => {
    const { learnt, seen } = await attacked(KEY_ATTACKS['a step back to an old epoch']);
    expect({ learnt, seen }).toMatchObject({ learnt: [], seen: { epoch: 1, hasKey: false } });
  });

  test('keeps a member whom it hides from others without their key, and their numbers differ', async () => {
    const { learnt, seen } = await attacked(KEY_ATTACKS['a member left out of the list']);
    expect({ learnt, seen }).toMatchObject({ learnt: [], seen: { isNumberSame: false } });
  });

  test('can keep a removed member in, who is then seen in the list and in the number', async () => {
    const { seen } = await attacked(KEY_ATTACKS['a removed member kept in the list']);
    expect(seen).toEqual({ isListed: true, isNumberSame: false });
  });
});

describe.each(['a swapped public key in the list', 'an invented session in the list'] as const)('%s', (name) => {
  test('gets the key, is told of, and changes the safety number', async () => {
    const { learnt, seen } = await attacked(KEY_ATTACKS[name]);
    expect(learnt).toEqual(['for the two of us']);
    expect(seen).toMatchObject({ told: expect.arrayContaining(['keyChanged']), isNumberSame: false });
  });

  test('gets nothing where only confirmed sessions do, and is told of', async () => {
    const { learnt, seen } = await attacked(KEY_ATTACKS[name], 'verified');
    expect(learnt).toEqual([]);
    expect(seen).toMatchObject({ told: expect.arrayContaining(['keyChanged', 'withheld']), isNumberSame: false });
  });
});

describe('a server that lies about messages', () => {
  test.each(['a message again', 'a message under another name', 'a message again, under another name'] as const)(
    'forges nothing by %s, and is found out',
    async (name) => {
      const outcome = await attacked(MESSAGE_ATTACKS[name]);
      expect(outcome.forged).toEqual([]);
      expect(told(outcome)).toContain('refused');
    },
  );

  test('shows words that a member puts into another’s mouth only with a mark', async () => {
    const unsigned = await attacked(MESSAGE_ATTACKS['words of a member in another’s mouth, unsigned']);
    expect(unsigned).toMatchObject({ forged: [], seen: { marks: ['hello (signed)', 'I quit (unsigned)'] } });
    const signed = await attacked(MESSAGE_ATTACKS['words of a member in another’s mouth, signed by the member']);
    expect(signed).toMatchObject({ forged: [], seen: { marks: ['hello (signed)', 'I quit (unverified)'] } });
  });

  test('can withhold a message, and the gap is counted', async () => {
    const { seen } = await attacked(MESSAGE_ATTACKS['a message withheld']);
    expect(seen).toEqual({ shown: ['ada: one', 'ada: three'], missing: 1 });
  });

  test('can change the order of messages, and that is counted', async () => {
    const { seen } = await attacked(MESSAGE_ATTACKS['messages in another order']);
    expect(seen).toEqual({ shown: ['ada: No.', 'ada: Shall we meet?'], reordered: 1 });
  });
});
