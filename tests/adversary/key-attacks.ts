import { eventually } from '../support/waiting.ts';
import type { Payload } from './relay.ts';
import { type Outcome, type Person, trySend, type World } from './world.ts';

type Attack = (world: World) => Promise<Outcome>;

/** Waits until the client has dealt with a key: a share, a refusal, or a message that it told. */
const settled = (isTrue: () => boolean) => eventually(isTrue, { withinMs: 1500 }).catch(() => {});

function sessionOf({ room }: Person, of: Person) {
  const session = room.members.find(({ id }) => id === of.id)?.sessions[0];
  if (!session) throw new Error(`${of.name} is not in the list`);
  return session;
}

const seen = (person: Person, more: Record<string, unknown> = {}) => ({ told: [...new Set(person.told)], ...more });

/** A chat key of the server's own, in the answer to a join and as an event, sealed by a key pair of its own. */
const foreignKey: Attack = async ({ arrive, ready, relay, eve, library, capture, chat, read }) => {
  const [ada, bob] = [await arrive('ada'), await arrive('bob')];
  await ready(ada, bob);
  const foreign = library.createChatKey();
  const { epoch } = ada.room;
  for (const person of [ada, bob]) {
    relay.lieTo(person.token, {
      call: (name, payload) => (name === 'portal:key_rejected' ? { ok: true } : capture(name, payload)),
    });
    relay.invent(person.token, 'portal:key_shared', {
      chat_id: chat.id,
      epoch,
      blob: library.sealKeyBlob(foreign, String(person.client.publicKey), eve),
      sender_session_id: 'eve',
      sender_public_key: eve.publicKey,
    });
  }
  await settled(() => ada.told.includes('refused') && bob.told.includes('refused'));
  await ada.room.send('under which key?');
  return { learnt: read(foreign), forged: [], seen: seen(bob, { heard: await hears(bob, 'ada: under which key?') }) };
};

/** The same in the name of a member, under another public key than the list has. */
const foreignKeyOfMember: Attack = async ({ arrive, ready, relay, eve, library, capture, chat, read }) => {
  const [ada, bob] = [await arrive('ada'), await arrive('bob')];
  await ready(ada, bob);
  const foreign = library.createChatKey();
  relay.lieTo(ada.token, {
    call: (name, payload) => (name === 'portal:key_rejected' ? { ok: true } : capture(name, payload)),
  });
  relay.invent(ada.token, 'portal:key_shared', {
    chat_id: chat.id,
    epoch: ada.room.epoch,
    blob: library.sealKeyBlob(foreign, String(ada.client.publicKey), eve),
    sender_session_id: sessionOf(ada, bob).session_id,
    sender_public_key: eve.publicKey,
  });
  await settled(() => ada.told.includes('refused'));
  await ada.room.send('under which key?');
  return { learnt: read(foreign), forged: [], seen: seen(ada) };
};

/** A request to seal, with a lie in it. Returns what Ada said, if the attacker could read it. */
async function request(world: World, ada: Person, recipient: Payload): Promise<string[]> {
  const { relay, chat, keyFor, capture, read } = world;
  const shared: Payload[] = [];
  relay.lieTo(ada.token, {
    call: (name, payload) => {
      if (name === 'portal:key_share') shared.push(payload);
      return name === 'portal:key_share' ? { ok: true, accepted: [], rejected: [] } : capture(name, payload);
    },
  });
  relay.invent(ada.token, 'portal:key_request', {
    chat_id: chat.id,
    epoch: ada.room.epoch,
    generate: false,
    recipients: [recipient],
  });
  await eventually(() => shared.length > 0);
  await ada.room.send('for the two of us');
  return read(keyFor(recipient.session_id, shared[0]?.keys, ada.client));
}

/** Somebody in a request who is not in the list. */
const inventedRecipient: Attack = async (world) => {
  const [ada, bob] = [await world.arrive('ada'), await world.arrive('bob')];
  await world.ready(ada, bob);
  const before = ada.room.safetyNumber();
  const eve = { session_id: 'eve', public_key: world.eve.publicKey, signing_key: null };
  const learnt = await request(world, ada, { user_id: 666, ...eve });
  return { learnt, forged: [], seen: seen(ada, { isNumberSame: before === ada.room.safetyNumber() }) };
};

/** A further session of a member, in a request alone. */
const inventedSessionOfMember: Attack = async (world) => {
  const [ada, bob] = [await world.arrive('ada'), await world.arrive('bob')];
  await world.ready(ada, bob);
  const eve = { session_id: 'eve', public_key: world.eve.publicKey, signing_key: null };
  const learnt = await request(world, ada, { user_id: bob.id, ...eve });
  return { learnt, forged: [], seen: seen(ada) };
};

/** A member's session with another public key, in a request alone. */
const swappedKey: Attack = async (world) => {
  const [ada, bob] = [await world.arrive('ada'), await world.arrive('bob')];
  await world.ready(ada, bob);
  const { session_id, signing_key } = sessionOf(ada, bob);
  const learnt = await request(world, ada, {
    user_id: bob.id,
    session_id,
    public_key: world.eve.publicKey,
    signing_key,
  });
  return { learnt, forged: [], seen: seen(ada) };
};

/** A lie in the list itself, and then a request. */
async function listed(world: World, session: (bob: Person, ada: Person) => Payload): Promise<Outcome> {
  const { arrive, ready, relay, chat } = world;
  const [ada, bob] = [await arrive('ada'), await arrive('bob')];
  await ready(ada, bob);
  ada.told.length = 0;
  const before = ada.room.safetyNumber();
  const recipient = session(bob, ada);
  relay.invent(ada.token, 'portal:key_added', { chat_id: chat.id, ...recipient });
  const learnt = await request(world, ada, recipient);
  return { learnt, forged: [], seen: seen(ada, { isNumberSame: before === ada.room.safetyNumber() }) };
}

const swappedInList: Attack = (world) =>
  listed(world, (bob, ada) => {
    const { session_id } = sessionOf(ada, bob);
    return { user_id: bob.id, session_id, public_key: world.eve.publicKey, signing_key: null };
  });

const inventedInList: Attack = (world) =>
  listed(world, (bob) => {
    return { user_id: bob.id, session_id: 'eve', public_key: world.eve.publicKey, signing_key: null };
  });

/** After Carol was removed, the server shows Bob an old key as that of a new epoch. Carol has the old one. */
const oldKeyForNewEpoch: Attack = async (world) => {
  const { arrive, ready, relay, chat, capture, library, read } = world;
  const [ada, bob, carol] = [await arrive('ada'), await arrive('bob'), await arrive('carol')];
  await ready(ada, bob, carol);
  const old = keyOf(carol);
  await ada.client.rest.chats.kick(chat.id, { user_id: carol.id });
  await eventually(() => ada.room.epoch === 2 && ada.room.hasKey && bob.room.epoch === 2 && bob.room.hasKey);
  bob.told.length = 0;
  const blob = library.sealKeyBlob(old, String(bob.client.publicKey), pairOf(world, ada));
  relay.lieTo(bob.token, {
    call: (name, payload) => (name === 'portal:key_rejected' ? { ok: true } : capture(name, payload)),
  });
  relay.invent(bob.token, 'room:epoch_changed', { chat_id: chat.id, epoch: 3, reason: 'lost' });
  relay.invent(bob.token, 'portal:key_shared', {
    chat_id: chat.id,
    epoch: 3,
    blob,
    sender_session_id: sessionOf(bob, ada).session_id,
    sender_public_key: ada.client.publicKey,
  });
  await settled(() => bob.told.includes('refused'));
  await trySend(bob, 'now that she is gone');
  return { learnt: read(old), forged: [], seen: seen(bob) };
};

/** After Carol was removed, a client with storage starts again, and is told that the chat is where it was before. */
const stepBack: Attack = async (world) => {
  const { arrive, ready, relay, chat, capture, read, enter, owner } = world;
  const [ada, bob, carol] = [await arrive('ada'), await arrive('bob'), await arrive('carol')];
  await ready(ada, bob, carol);
  const old = keyOf(carol);
  await ada.client.rest.chats.kick(chat.id, { user_id: carol.id });
  await eventually(() => ada.room.epoch === 2 && ada.room.hasKey);
  ada.client.close();
  relay.lieTo(ada.token, {
    call: capture,
    answer: (name, _, reply) => (name === 'room:join' ? { ...reply, epoch: 1, key: null } : undefined),
  });
  const again = await enter(owner, 'ada', ada.storage);
  await trySend(again, 'now that she is gone');
  return { learnt: read(old), forged: [], seen: seen(again, { epoch: again.room.epoch, hasKey: again.room.hasKey }) };
};

/** A member whom the server hides from Ada, and lets her seal for. */
const hiddenMember: Attack = async (world) => {
  const { arrive, ready, relay } = world;
  const [ada, bob] = [await arrive('ada'), await arrive('bob')];
  await ready(ada, bob);
  const isKnown = (one: Payload) => [ada.id, bob.id].includes(one.id ?? one.user_id);
  relay.lieTo(ada.token, {
    event(name, { joined = [], away = [], ...rest }) {
      if (name === 'portal:key_added') return null;
      if (name !== 'room:members') return undefined;
      return { ...rest, joined: joined.filter(isKnown), away: away.filter(isKnown), count: 2 };
    },
  });
  relay.lieTo(bob.token, {
    event: (name) => (name === 'portal:key_request' ? null : undefined),
  });
  const carol = await arrive('carol');
  await settled(() => ada.told.includes('refused') || carol.room.hasKey);
  await ada.room.send('between us');
  await settled(() => carol.shown().includes('ada: between us'));
  const isNumberSame = ada.room.safetyNumber() === bob.room.safetyNumber();
  return { learnt: carol.shown(), forged: [], seen: seen(ada, { isNumberSame }) };
};

/** Carol was removed, and the server does not tell Ada. */
const keptMember: Attack = async (world) => {
  const { arrive, ready, relay, chat, capture, read } = world;
  const [ada, bob, carol] = [await arrive('ada'), await arrive('bob'), await arrive('carol')];
  await ready(ada, bob, carol);
  const old = keyOf(carol);
  const kept = ['room:epoch_changed', 'room:members', 'portal:key_removed', 'portal:key_request', 'portal:key_shared'];
  relay.lieTo(ada.token, {
    event: (name) => (kept.includes(name) ? null : undefined),
    call: (name, payload) => capture(name, payload) ?? (name === 'message:send' ? { ok: true, id: '1-0' } : undefined),
  });
  await ada.client.rest.chats.kick(chat.id, { user_id: carol.id });
  await eventually(() => bob.room.epoch === 2 && bob.room.memberCount === 2);
  await trySend(ada, 'now that she is gone');
  const isListed = ada.room.members.some(({ id }) => id === carol.id);
  const isNumberSame = ada.room.safetyNumber() === bob.room.safetyNumber();
  return { learnt: read(old), forged: [], seen: { isListed, isNumberSame } };
};

function keyOf({ storage, room }: Person): Uint8Array {
  const text = storage.stored()?.chats[room.chatId]?.['1']?.[0];
  if (!text) throw new Error('The chat key is not stored');
  return Uint8Array.fromBase64(text);
}

function pairOf({ library }: World, { storage }: Person) {
  return library.keyPairFrom(Uint8Array.fromBase64(storage.stored()?.secret_key ?? ''));
}

async function hears(person: Person, line: string): Promise<boolean> {
  await settled(() => person.shown().includes(line));
  return person.shown().includes(line);
}

/** Attacks on who can read. */
export const KEY_ATTACKS = {
  'a foreign chat key': foreignKey,
  'a foreign chat key in a member’s name': foreignKeyOfMember,
  'an invented recipient': inventedRecipient,
  'an invented session of a member': inventedSessionOfMember,
  'a swapped public key': swappedKey,
  'a swapped public key in the list': swappedInList,
  'an invented session in the list': inventedInList,
  'an old key for a new epoch': oldKeyForNewEpoch,
  'a step back to an old epoch': stepBack,
  'a member left out of the list': hiddenMember,
  'a removed member kept in the list': keptMember,
} satisfies Record<string, Attack>;
