import { describe, expect, test } from 'bun:test';
import { createKeyPair, Keyring, type Member, Trust, type TrustLevel } from '../../src/client/index.ts';
import { KeyRules } from '../../src/client/room/key-rules.ts';
import { MemberList } from '../../src/client/room/member-list.ts';

const CHAT = 7;
const CROWD = 200;

type Someone = { id: number; publicKey: string };

/** The rules of a client in a chat with these people, of `count` in all. */
async function rulesWith(people: readonly Someone[], { count = people.length, level = 'listed' as TrustLevel } = {}) {
  const keyring = await Keyring.open();
  const list = new MemberList(CHAT, keyring.people);
  const members = people.map(
    ({ id, publicKey }): Member => ({
      id,
      username: `person_${id}`,
      avatar_url: null,
      permission_level: 0,
      sessions: [{ session_id: `session-${id}`, public_key: publicKey, signing_key: null }],
    }),
  );
  list.reset(members, count);
  const { keyPair } = keyring;
  return { keyring, list, rules: new KeyRules({ chatId: CHAT, keyPair, keyring, trust: new Trust(level), list }) };
}

const someone = (id: number): Someone => ({ id, publicKey: createKeyPair().publicKey });
const sentBy = ({ id, publicKey }: Someone) => ({
  blob: '',
  sender_session_id: `session-${id}`,
  sender_public_key: publicKey,
});
const filled = (byte: number) => new Uint8Array(32).fill(byte);

describe('a chat key is taken', () => {
  test('from a session in the list, with the public key that it has there', async () => {
    const [ada, bob] = [someone(1), someone(2)];
    const { rules } = await rulesWith([ada, bob]);
    expect(rules.objectionTo(1, sentBy(ada), filled(1))).toBeUndefined();
    const swapped = { ...sentBy(ada), sender_public_key: bob.publicKey };
    for (const stored of [swapped, sentBy(someone(1)), sentBy(someone(3))]) {
      expect(rules.objectionTo(1, stored, filled(1))?.code).toBe('ERR_SENDER_UNKNOWN');
      expect(rules.isTrusted(stored)).toBe(true);
    }
  });

  test('from oneself although the list does not name one, and in a crowd from those whom it does not name', async () => {
    const people = Array.from({ length: CROWD }, (_, at) => someone(at + 1));
    const { rules, keyring } = await rulesWith(people.slice(0, 2));
    const own = sentBy({ id: 99, publicKey: keyring.keyPair.publicKey });
    expect([rules.isListed(own), rules.isListed(sentBy(someone(98)))]).toEqual([true, false]);
    const crowd = await rulesWith(people, { count: CROWD + 1 });
    expect(crowd.rules.isListed(sentBy(someone(98)))).toBe(true);
  });

  test('only once for a chat and an epoch: one from elsewhere is refused', async () => {
    const ada = someone(1);
    const { rules, keyring } = await rulesWith([ada]);
    keyring.remember(CHAT, 1, filled(1));
    keyring.remember(CHAT + 1, 1, filled(2));
    expect(rules.objectionTo(1, sentBy(ada), filled(1))).toBeUndefined();
    for (const [epoch, key] of [
      [2, filled(1)],
      [1, filled(2)],
    ] as const)
      expect(rules.objectionTo(epoch, sentBy(ada), key)?.code).toBe('ERR_KEY_REPLAYED');
  });
});

test('a key is familiar if it is known for this epoch, byte for byte, and not retired', async () => {
  const { rules, keyring } = await rulesWith([]);
  keyring.remember(CHAT, 1, filled(1));
  const alike = filled(1);
  alike[31] = 2;
  expect([rules.isFamiliar(1, filled(1)), rules.isFamiliar(1, alike), rules.isFamiliar(2, filled(1))]).toEqual([
    true,
    false,
    false,
  ]);
  keyring.retire(CHAT, 1);
  expect(rules.isFamiliar(1, filled(1))).toBe(false);
});

describe('with trust "verified"', () => {
  test('a key goes to, and is used from, confirmed sessions alone, and one’s own', async () => {
    const [ada, bob] = [someone(1), someone(2)];
    const { rules, keyring, list } = await rulesWith([ada, bob], { level: 'verified' });
    const [first, second] = list.sessions;
    if (!first || !second) throw new Error('there are two sessions');
    keyring.people.confirm(first.id, [first]);
    expect([first, second].map((session) => rules.mayHave(session))).toEqual([true, false]);
    const own = sentBy({ id: 99, publicKey: keyring.keyPair.publicKey });
    expect([ada, bob, someone(3)].map((who) => rules.isTrusted(sentBy(who)))).toEqual([true, false, false]);
    expect(rules.isTrusted(own)).toBe(true);
  });
});

test('a rejected public key gets no chat key, and neither does one that is no longer in the list', async () => {
  const { keyring, list } = await rulesWith([someone(1), someone(2)]);
  const trust = new Trust();
  const rules = new KeyRules({ chatId: CHAT, keyPair: keyring.keyPair, keyring, trust, list });
  const [first, second] = list.sessions;
  if (!first || !second) throw new Error('there are two sessions');
  trust.deny(first.publicKey);
  expect([first, second].map((session) => rules.mayHave(session))).toEqual([false, true]);
  list.reset([], 0);
  expect(rules.mayHave(second)).toBe(false);
});
