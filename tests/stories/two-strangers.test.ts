import { expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { type House, openHouse, type Payload } from '../realtime/house.ts';
import type { Chat, Person } from '../support/given.ts';
import { figuresOf, inTwoPlaces, type Leaf, leavesOf, marksOf, reasons } from '../support/two-places.ts';
import { Witness } from '../support/witness.ts';

type Kind = 'user' | 'stranger';
/** A person with all that could give them away. */
type Someone = { kind: Kind; witness: Witness; secrets: Map<string, unknown>; token: string };

let addresses = 0;
const ids = { users: 700_000, chats: 900_000 };

/** Numbers that occur nowhere by chance. */
async function useLargeIds(house: House): Promise<void> {
  await house.given.chat();
  await house.database.units.run('given ids', async ({ db }) => {
    const { run } = db as unknown as { run(query: unknown): unknown };
    for (const [name, seq] of Object.entries(ids))
      run.call(db, sql.raw(`update sqlite_sequence set seq = ${seq} where name = '${name}'`));
  });
}

/** A person of this kind; a user has a picture, a level and premium if they are to be `special`. */
async function someone(house: House, kind: Kind, special: boolean): Promise<Someone> {
  const ip = `203.0.113.${++addresses}`;
  if (kind === 'stranger') {
    const { alias, signature, ...session } = await house.given.stranger(ip);
    const secrets = new Map(Object.entries({ alias, signature, ip, session: session.sessionId, token: session.token }));
    return { kind, witness: new Witness(house, session, ip), secrets, token: session.token };
  }
  const person: Person = await house.given.person(special ? { level: 2, premium: true } : {});
  const picture = `https://pictures.example/${person.username}.png`;
  if (special)
    await house.database.units.run('given picture', async ({ db }) => {
      const { run } = db as unknown as { run(query: unknown): unknown };
      run.call(db, sql`update users set avatar_url = ${picture} where id = ${person.id}`);
    });
  const { id, username, token, sessionId } = person;
  const secrets = new Map(Object.entries<unknown>({ id, username, picture, ip, session: sessionId, token }));
  return { kind, witness: new Witness(house, person, ip), secrets, token };
}

/** A user registers keys, enters the public chat, and says something there. */
async function enterPublic({ kind, witness }: Someone, { id }: Chat): Promise<void> {
  if (kind === 'stranger') return;
  const { publicKey, signingKey } = witness.pairOf(id);
  await witness.post('/v1/portal/keys', { public_key: publicKey, signing_key: signingKey });
  await joinPublic(witness, id);
  await witness.call('message:send', { chat_id: id, content: witness.seal(id, 'hello, everyone') }, id);
  await witness.call('message:typing', { chat_id: id, typing: true }, id);
  await witness.get(`/v1/portal/chats/${id}`, id);
}

async function joinPublic(witness: Witness, id: number): Promise<void> {
  await witness.join(id);
  await witness.holdsKey(id);
}

/** Whatever a person may ask for that concerns no single chat. */
async function lookAround({ kind, witness }: Someone): Promise<void> {
  await witness.get('/v1/portal/match/status');
  await witness.get('/v1/portal/match/statistics');
  for (const path of ['/v1/portal/status', '/v1/portal/chats', '/v1/portal/chats?offset=0&limit=50'])
    expect((await witness.get(path)).status).toBe(kind === 'user' ? 200 : 403);
}

/** They find each other, talk, and try what must not work. */
async function talk(one: Someone, other: Someone, interests: string[], begin = search): Promise<number> {
  const [a, b] = [one.witness, other.witness];
  const known = new Set([...a.visitor.all('match:found')].map(({ chat_id }) => chat_id));
  await begin(one, other, interests);
  const isNew = ({ chat_id }: Payload) => !known.has(chat_id);
  const [found, foundByOther] = [
    await a.visitor.heard('match:found', isNew),
    await b.visitor.heard('match:found', isNew),
  ];
  const id = found.chat_id;
  await a.join(id, found.token);
  await a.holdsKey(id);
  const joined = await b.join(id, foundByOther.token);
  await b.holdsKey(id);
  for (const witness of [a, b]) {
    await witness.call('message:send', { chat_id: id, content: witness.seal(id, 'a secret') }, id);
    await witness.post(`/v1/portal/chats/${id}/messages`, { content: witness.seal(id, 'another') }, id);
    await witness.call('message:typing', { chat_id: id, typing: true }, id);
    await witness.call('message:typing', { chat_id: id, typing: false }, id);
    await misuse(witness, id, joined.epoch);
  }
  for (const [reader, writer] of [
    [a, b],
    [b, a],
  ] as const) {
    await reader.visitor.heard('message:typing', ({ chat_id }) => chat_id === id);
    await read(reader, id);
    expect(writer.isComplete).toBe(true);
  }
  const keysBefore = b.visitor.all('portal:key_shared').length;
  await b.call('portal:key_rejected', { chat_id: id, epoch: joined.epoch }, id);
  // Without its blob and with another key pair, the session is brought the key again.
  b.pairs.delete(id);
  const { key } = await b.join(id, foundByOther.token);
  expect(key).toBe(null);
  await b.visitor.heard('portal:key_shared', () => b.visitor.all('portal:key_shared').length > keysBefore);
  await b.post(`/v1/portal/chats/${id}/messages/delete-mine`, {}, id);
  await a.visitor.heard('message:bulk_deleted', ({ chat_id }) => chat_id === id);
  return id;
}

async function search(one: Someone, other: Someone, interests: string[]): Promise<void> {
  await one.witness.post('/v1/portal/match', { interests });
  await other.witness.post('/v1/portal/match', { interests: [...interests].reverse() });
}

async function read(witness: Witness, id: number): Promise<void> {
  const { body } = await witness.get(`/v1/portal/chats/${id}/history`, id);
  await witness.get(`/v1/portal/chats/${id}/history?limit=2`, id);
  await witness.get(`/v1/portal/chats/${id}/history?limit=1&before=${body.at(-1).id}`, id);
  await witness.get(`/v1/portal/chats/${id}/history?limit=1&after=${body[0].id}`, id);
}

/** What is refused: the answers must tell as little as the others. */
async function misuse(witness: Witness, id: number, epoch: number): Promise<void> {
  const content = JSON.stringify({ v: 2, epoch: epoch + 1, ct: Buffer.alloc(41, 7).toString('base64') });
  await witness.call('message:send', { chat_id: id, content }, id);
  await witness.call('room:join', { chat_id: id }, id);
  const keys = [
    { session_id: 'nobody', blob: 'A'.repeat(96) },
    { session_id: 'nobody', blob: '' },
  ];
  await witness.call('portal:key_share', { chat_id: id, epoch, keys }, id);
  await witness.call('portal:key_share', { chat_id: id, epoch: epoch + 1, keys }, id);
  await witness.call('portal:key_rejected', { chat_id: id, epoch: epoch + 1 }, id);
  for (const path of ['', '/activity', '/invites', '/history?before=1-0&after=1-0'])
    await witness.get(`/v1/portal/chats/${id}${path}`, id);
  for (const path of ['/config/update', '/clear', '/leave', '/messages'])
    await witness.post(`/v1/portal/chats/${id}${path}`, {}, id);
}

/** One loses the connection and comes back in time. */
async function dropAndReturn(one: Someone, other: Someone, id: number, open: Chat): Promise<void> {
  other.witness.visitor.socket.disconnect();
  await one.witness.visitor.heard('room:peer_left');
  await other.witness.dial();
  await one.witness.visitor.heard('room:peer_returned');
  if (other.kind === 'user') await joinPublic(other.witness, open.id);
  const { chats } = (await other.witness.get('/v1/portal/match/status')).body;
  await other.witness.join(id, chats.at(-1).token);
  await other.witness.call('message:send', { chat_id: id, content: other.witness.seal(id, 'back again') }, id);
}

/** One leaves, and both read the archive. */
async function part(one: Someone, other: Someone, id: number): Promise<void> {
  await one.witness.post('/v1/portal/match/leave', { chat_id: id }, id);
  for (const { witness, kind } of [one, other]) {
    await witness.visitor.heard('match:ended', ({ chat_id }) => chat_id === id);
    await read(witness, id);
    const content = witness.seal(id, 'too late');
    expect(await witness.call('message:send', { chat_id: id, content }, id)).toMatchObject({
      code: 'ERR_CHAT_ARCHIVED',
    });
    if (kind === 'user') await witness.get(`/v1/portal/chats/${id}`, id);
  }
}

/** Somebody in the public chat who hears what the others there hear, and a stranger outside. */
async function bystanders(house: House, open: Chat) {
  const watcher = await someone(house, 'user', false);
  const outsider = await someone(house, 'stranger', false);
  const another = await house.given.chat({ visibility: 'public' });
  await watcher.witness.dial();
  await outsider.witness.dial();
  await watcher.witness.join(open.id);
  const isOwn = ({ id }: Payload) => id === watcher.secrets.get('id');
  await watcher.witness.visitor.heard(
    'room:members',
    ({ chat_id, joined }) => chat_id === open.id && joined.some(isOwn),
  );
  let visits = 0;
  /** What anyone is told of is there: changes of a chat are told a second later, in their order. */
  async function settle(): Promise<void> {
    const { visitor } = watcher.witness;
    const count = ++visits % 2;
    visitor.forget();
    await watcher.witness.call(count === 1 ? 'room:join' : 'room:leave', { chat_id: another.id });
    await visitor.heard('chat:status', ({ chat_id, viewer_count }) => chat_id === another.id && viewer_count === count);
  }
  return {
    /** Nothing at all is heard of while this goes on, and who is online is the same afterwards. */
    async hearNothingOf<Result>(work: () => Promise<Result>): Promise<Result> {
      await settle();
      const status = () => house.as(watcher.witness.session).get('/v1/portal/status');
      const before = await status();
      for (const { witness } of [watcher, outsider]) witness.received.length = 0;
      const result = await work();
      expect((await status()).body).toEqual(before.body);
      await settle();
      const heard = watcher.witness.received.filter(({ as, value }) => {
        const { chat_id } = value as Payload;
        return chat_id !== another.id && !as.endsWith('acknowledged');
      });
      expect(heard).toEqual([]);
      expect(outsider.witness.received).toEqual([]);
      return result;
    },
  };
}

const sideOf = ({ witness: { session }, secrets }: Someone) => {
  const id = secrets.get('id');
  return typeof id === 'number' ? { ...session, id } : session;
};

/** The whole story of two people. Gives back the chat in which they met. */
async function meet(
  house: House,
  [one, other]: readonly [Someone, Someone],
  interests: string[],
  { watched = false } = {},
): Promise<number> {
  const open = await house.given.chat({ visibility: 'public' });
  for (const someone of [one, other]) {
    await someone.witness.dial();
    await enterPublic(someone, open);
    await lookAround(someone);
  }
  const unwatched = <Result>(work: () => Promise<Result>) => work();
  const hearNothingOf = watched ? (await bystanders(house, open)).hearNothingOf : unwatched;
  const id = await hearNothingOf(() => talk(one, other, interests));
  for (const someone of [one, other]) await lookAround(someone);
  await dropAndReturn(one, other, id, open);
  await hearNothingOf(async () => {
    // Of two who are watched one reports the other, who must not be able to tell.
    const report = { chat_id: id, reason: 'Insulted me' };
    if (watched) expect((await one.witness.post('/v1/portal/match/report', report, id)).status).toBe(200);
    await part(one, other, id);
  });
  // They meet a second time, and must not know each other by anything of the first.
  const again = await talk(one, other, interests, async () => {
    await house.given.direct(sideOf(one), sideOf(other), interests);
  });
  await part(other, one, again);
  for (const someone of [one, other]) await lookAround(someone);
  return id;
}

/** The answers and packets as they came, without what one said of oneself. */
const textOf = ({ witness }: Someone) => JSON.stringify(witness.received);

test.each([
  ['user', 'user'],
  ['user', 'stranger'],
  ['stranger', 'stranger'],
] as const)(
  'a %s and a %s meet, and nothing that either receives tells who the other is elsewhere',
  async (kind, otherKind) => {
    const env = { PORTAL_TRUST_PROXY: '127.0.0.1', PORTAL_LIMITS: 'on', PORTAL_LIMIT_MESSAGES: '100' };
    await using house = await openHouse({ env });
    await useLargeIds(house);
    const plain = [await someone(house, kind, false), await someone(house, otherKind, false)] as const;
    const plainChat = await meet(house, plain, ['quilting', 'rowing']);
    const two = [await someone(house, kind, true), await someone(house, otherKind, true)] as const;
    const interests = ['music', 'chess'];
    const chat = await meet(house, two, interests, { watched: true });

    for (const [at, own] of two.entries()) {
      const peer = two[1 - at] as Someone;
      const leaves = leavesOf(own.witness.received);
      const common = new Set(plain.flatMap(({ witness }) => leavesOf(witness.received)).flatMap(marksOf));
      expect(inTwoPlaces(leaves, chat, reasons(common, interests))).toEqual([]);

      const here = leaves.filter(({ chatId }) => chatId === chat);
      expect(here.length).toBeGreaterThan(200);
      for (const [secret, value] of peer.secrets) {
        // The digits of an id may occur within a time.
        const isIn = (leaf: Leaf) =>
          typeof value === 'number' ? marksOf(leaf).includes(`${value}`) : String(leaf.value).includes(String(value));
        expect([secret, here.filter(isIn)]).toEqual([secret, []]);
      }
      for (const secret of ['ip', 'token']) expect(textOf(own)).not.toContain(String(peer.secrets.get(secret)));
      const pair = peer.witness.pairOf(chat);
      const elsewhere = leaves.filter(({ chatId }) => chatId !== chat).flatMap(marksOf);
      for (const key of [pair.publicKey, pair.signingKey]) expect(elsewhere).not.toContain(key);

      const unremarkable = leavesOf((plain[at] as Someone).witness.received);
      expect(figuresOf(leaves, chat)).toEqual(figuresOf(unremarkable, plainChat));
    }
  },
  60_000,
);
