import type { HistoryEntry } from '../../src/client/index.ts';
import { eventually } from '../support/waiting.ts';
import type { Payload } from './relay.ts';
import type { Outcome, Person, World } from './world.ts';

type Attack = (world: World) => Promise<Outcome>;

const settled = (isTrue: () => boolean) => eventually(isTrue, { withinMs: 1500 }).catch(() => {});

/** Texts under this name that stand there without a mark, as `text × times`. */
function unmarked({ room }: Person, name: string, text: string): number {
  const isMarked = (author: unknown) => author === 'unsigned' || author === 'unverified';
  return room.messages.filter(
    ({ sender, body, author }) => sender?.username === name && body === text && !isMarked(author),
  ).length;
}

const marks = ({ room }: Person) =>
  room.messages.flatMap(({ type, body, author }) => (type === 'user' ? [`${body ?? 'refused'} (${author})`] : []));

async function three({ arrive, ready }: World): Promise<[Person, Person, Person]> {
  const people: [Person, Person, Person] = [await arrive('ada'), await arrive('bob'), await arrive('carol')];
  await ready(...people);
  // Signing keys are in the list before anybody speaks.
  await eventually(() => people.every(({ room }) => room.safetyNumber() === people[0].room.safetyNumber()));
  return people;
}

/** What Ada said, as Bob has it. */
async function says(ada: Person, bob: Person, text: string): Promise<HistoryEntry> {
  const id = await ada.room.send(text);
  await eventually(() => bob.room.messages.some((message) => message.id === id && message.body === text));
  const message = bob.room.messages.find((one) => one.id === id);
  if (!message) throw new Error('The message is gone');
  return message.entry;
}

function next({ id }: { id: string }): string {
  const [ms = '0', sequence = '0'] = id.split('-');
  return `${ms}-${Number(sequence) + 1}`;
}

const seen = (person: Person) => ({ told: [...new Set(person.told)], marks: marks(person) });

/** A message again, as if it had been said again. */
const replay: Attack = async (world) => {
  const [ada, bob] = await three(world);
  const entry = await says(ada, bob, 'yes, do it');
  world.relay.invent(bob.token, 'message:new', { ...entry, id: next(entry), prev_id: entry.id });
  await settled(() => bob.told.includes('refused'));
  const times = unmarked(bob, 'ada', 'yes, do it');
  return { learnt: [], forged: times > 1 ? [`ada: yes, do it × ${times}`] : [], seen: seen(bob) };
};

/** A message under another's name, in the place of the true one. */
const otherAuthor: Attack = async (world) => {
  const [ada, bob, carol] = await three(world);
  const sender = { id: carol.id, username: 'carol', avatar_url: null };
  world.relay.lieTo(bob.token, {
    event: (name, payload) => (name === 'message:new' && payload.sender ? { ...payload, sender } : undefined),
  });
  await ada.room.send('I quit');
  await settled(() => bob.told.includes('refused'));
  const times = unmarked(bob, 'carol', 'I quit');
  return { learnt: [], forged: times > 0 ? ['carol: I quit'] : [], seen: seen(bob) };
};

/** A message again, under another's name. */
const replayUnderOtherName: Attack = async (world) => {
  const [ada, bob, carol] = await three(world);
  const entry = await says(ada, bob, 'I quit');
  const sender = { id: carol.id, username: 'carol', avatar_url: null };
  world.relay.invent(bob.token, 'message:new', { ...entry, sender, id: next(entry), prev_id: entry.id });
  await settled(() => bob.told.includes('refused'));
  const times = unmarked(bob, 'carol', 'I quit');
  return { learnt: [], forged: times > 0 ? ['carol: I quit'] : [], seen: seen(bob) };
};

/** Carol, a member, and the server put words into Ada's mouth: in the layout of older clients, or with Carol's signature. */
const wordsByMember =
  (isSigned: boolean): Attack =>
  async (world) => {
    const { library, relay } = world;
    const [ada, bob, carol] = await three(world);
    const entry = await says(ada, bob, 'hello');
    const stored = carol.storage.stored();
    const chatKey = Uint8Array.fromBase64(stored?.chats[carol.room.chatId]?.['1']?.[0] ?? '');
    const tab = Buffer.alloc(8).toString('base64');
    const statement = { chat: carol.room.chatId, epoch: 1, user: ada.id, tab, n: 1 };
    const pair = library.keyPairFrom(Uint8Array.fromBase64(stored?.secret_key ?? ''));
    const content =
      isSigned && library.sealSignedEnvelope
        ? await library.sealSignedEnvelope('I quit', statement, await library.deriveSigningPair(pair), chatKey)
        : library.sealEnvelope('I quit', 1, chatKey);
    relay.invent(bob.token, 'message:new', { ...entry, content, id: next(entry), prev_id: entry.id });
    await settled(() => bob.room.messages.some(({ body }) => body === 'I quit'));
    const times = unmarked(bob, 'ada', 'I quit');
    return { learnt: [], forged: times > 0 ? ['ada: I quit'] : [], seen: seen(bob) };
  };

/** The middle one of three messages never reaches Bob, nor is it in his history. */
const withheld: Attack = async (world) => {
  const [ada, bob] = await three(world);
  await says(ada, bob, 'one');
  const kept = new Set<string>();
  let before: string | null = null;
  const without = (entry: Payload) => (kept.has(String(entry.prev_id)) ? { ...entry, prev_id: before } : entry);
  world.relay.lieTo(bob.token, {
    event(name, payload) {
      if (name !== 'message:new') return undefined;
      if (kept.size > 0) return without(payload);
      kept.add(payload.id);
      before = payload.prev_id;
      return null;
    },
    rest: (path, body) =>
      path.includes('/history') && Array.isArray(body)
        ? body.filter(({ id }) => !kept.has(id)).map(without)
        : undefined,
  });
  await ada.room.send('two');
  await ada.room.send('three');
  await eventually(() => bob.shown().includes('ada: three'));
  return { learnt: [], forged: [], seen: { shown: bob.shown(), missing: bob.room.gaps?.missing } };
};

/** Two messages change places. */
const reordered: Attack = async (world) => {
  const [ada, bob] = await three(world);
  const entries: Payload[] = [];
  world.relay.lieTo(bob.token, {
    event(name, payload) {
      if (name !== 'message:new') return undefined;
      entries.push(payload);
      return null;
    },
  });
  await ada.room.send('Shall we meet?');
  await ada.room.send('No.');
  await eventually(() => entries.length === 2);
  const [first, second] = entries;
  const place = ({ id, prev_id, timestamp }: Payload = {}) => ({ id, prev_id, timestamp });
  world.relay.invent(bob.token, 'message:new', { ...second, ...place(first) });
  world.relay.invent(bob.token, 'message:new', { ...first, ...place(second) });
  await eventually(() => bob.shown().length === 2);
  return { learnt: [], forged: [], seen: { shown: bob.shown(), reordered: bob.room.gaps?.reordered } };
};

/** Attacks on what is said, and by whom. */
export const MESSAGE_ATTACKS = {
  'a message again': replay,
  'a message under another name': otherAuthor,
  'a message again, under another name': replayUnderOtherName,
  'words of a member in another’s mouth, unsigned': wordsByMember(false),
  'words of a member in another’s mouth, signed by the member': wordsByMember(true),
  'a message withheld': withheld,
  'messages in another order': reordered,
} satisfies Record<string, Attack>;
