import type {
  DirectChat,
  DirectEnd,
  HistoryEntry,
  MatchStatus,
  Member,
  Participant,
  SealedKey,
  StoredKey,
} from '../../src/client/index.ts';
import { compareMessageIds } from '../../src/client/room/message-id.ts';
import type { FakeServer, Part, RestAnswer, RestCall, Who } from './fake-server.ts';

type Side = { who: Who; number: Participant; alias: string; token: string; publicKey: string | null };
type Talk = {
  id: number;
  sides: [Side, Side];
  interests: string[];
  history: HistoryEntry[];
  blobs: Map<string, StoredKey>;
  /** Who was asked to make the key, and who waits for it. */
  maker: Side | undefined;
  keyless: Side[];
  ended: DirectEnd | null;
};

const EXPIRES = '2026-12-01T00:00:00.000Z';

/** Strangers, searches and direct chats on a {@link FakeServer}: only what clients rely on. */
export class FakeMatch implements Part {
  readonly talks: Talk[] = [];
  readonly asked: string[] = [];
  readonly reports: object[] = [];
  readonly searches = new Map<Who, string[]>();
  /** False: pairs are told by the answer and the status alone. */
  tellsFound = true;
  /** Runs before a call is answered; may answer in its place. */
  before: (path: string) => RestAnswer | undefined = () => undefined;
  readonly #server: FakeServer;

  constructor(server: FakeServer) {
    this.#server = server;
    server.part = this;
  }

  connected(who: Who): void {
    this.tellState(who);
  }

  tellState(who: Who): void {
    this.#server.tellSession(who.sessionId, 'match:state', this.status(who));
  }

  talk(id: number): Talk {
    const talk = this.talks.find((one) => one.id === id);
    if (!talk) throw new Error(`There is no talk ${id}`);
    return talk;
  }

  /** To both of a talk, or to one of them. */
  tell(id: number, name: string, payload: object, only?: Participant): void {
    for (const { who, number } of this.talk(id).sides) {
      if (only === undefined || only === number)
        this.#server.tellSession(who.sessionId, name, { chat_id: id, ...payload });
    }
  }

  end(id: number, reason: DirectEnd): void {
    this.talk(id).ended = reason;
    this.tell(id, 'match:ended', { reason });
  }

  /** Ends a search as the server does when it has lost it. */
  drop(who: Who): void {
    this.searches.delete(who);
    this.tellState(who);
  }

  searcher(name: string): Who {
    const who = [...this.searches.keys()].find((one) => one.name === name);
    if (!who) throw new Error(`${name} is not searching`);
    return who;
  }

  pair(one: Who, other: Who, interests: string[]): Talk {
    const id = 100 + this.talks.length;
    const side = (who: Who, number: Participant): Side => {
      const alias = `${number === 1 ? 'quiet' : 'loud'}-owl-${id}`;
      return { who, number, alias, token: `talk-${id}-${number}`, publicKey: null };
    };
    const talk: Talk = {
      id,
      sides: [side(one, 1), side(other, 2)],
      interests,
      history: [],
      blobs: new Map(),
      maker: undefined,
      keyless: [],
      ended: null,
    };
    this.talks.push(talk);
    for (const { who } of talk.sides) this.searches.delete(who);
    const first = this.#write(talk, null, 'Chat started');
    for (const mine of talk.sides) {
      const { alias } = otherOf(talk, mine);
      const peer = { alias, avatar_url: null, is_stranger: true, country_code: 'IS' };
      const found = { chat_id: id, token: mine.token, peer, interests, expires_at: EXPIRES };
      if (this.tellsFound) this.#server.tellSession(mine.who.sessionId, 'match:found', found);
      this.#server.tellSession(mine.who.sessionId, 'message:new', first);
    }
    return talk;
  }

  status(who: Who): MatchStatus {
    const chats = this.talks.flatMap((talk): DirectChat[] => {
      const mine = talk.sides.find((side) => side.who === who);
      if (!mine) return [];
      const { alias } = otherOf(talk, mine);
      const { id, ended } = talk;
      return [
        {
          chat_id: id,
          token: mine.token,
          alias,
          expires_at: EXPIRES,
          archived: ended !== null,
          ended: ended && EXPIRES,
        },
      ];
    });
    const interests = this.searches.get(who);
    if (interests) return { state: 'searching', interests, expires_at: EXPIRES, chats };
    return { state: chats.some(({ archived }) => !archived) ? 'matched' : 'idle', chats };
  }

  answer(who: Who, name: string, payload: Record<string, unknown>): object | undefined {
    if (name === 'room:join' && payload.token) return this.#join(who, payload);
    const talk = this.talks.find(({ id }) => id === payload.chat_id);
    const mine = talk?.sides.find((side) => side.who === who);
    if (!talk || !mine) return undefined;
    if (name === 'portal:key_share') return this.#share(talk, mine, payload.keys as SealedKey[]);
    if (name === 'message:typing') {
      this.tell(talk.id, name, { user_id: null, participant: mine.number, typing: true }, otherOf(talk, mine).number);
      return {};
    }
    if (name !== 'message:send') return {};
    if (talk.ended) return { ok: false, error: 'over', code: 'ERR_CHAT_ARCHIVED' };
    const entry = this.#write(talk, mine, String(payload.content));
    this.tell(talk.id, 'message:new', entry);
    return { id: entry.id };
  }

  rest({ method, url, who, body }: RestCall): RestAnswer | undefined {
    const path = url.pathname;
    const answered = this.before(path);
    if (answered) return answered;
    if (path === '/v1/authentication/stranger') {
      const name = `stranger-${this.asked.length}`;
      return [200, { alias: name, expires_at: EXPIRES }, `psession=${this.#server.signUp(name)}; HttpOnly; Path=/`];
    }
    const history = /^\/v1\/portal\/chats\/(1\d\d)\/history$/.exec(path);
    if (history && who) {
      const after = url.searchParams.get('after') ?? '0-0';
      return [200, this.talk(Number(history[1])).history.filter(({ id }) => compareMessageIds(id, after) > 0)];
    }
    if (!path.startsWith('/v1/portal/match') || !who) return undefined;
    this.asked.push(`${method} ${path.replace('/v1/portal/match', '') || '/'}`);
    if (path.endsWith('/status')) return [200, this.status(who)];
    if (path.endsWith('/statistics')) return [200, { online: 2, searching: this.searches.size, top_interests: [] }];
    if (path.endsWith('/dequeue')) {
      if (this.searches.delete(who)) this.tellState(who);
      return [200, { message: 'Left the queue' }];
    }
    if (path.endsWith('/leave')) return this.#leave(who, body.chat_id);
    if (path.endsWith('/report')) {
      this.reports.push({ by: who.name, ...body });
      return [200, { message: 'Reported' }];
    }
    return this.#enqueue(who, body.interests as string[]);
  }

  #enqueue(who: Who, interests: string[]): RestAnswer {
    const running = this.searches.get(who);
    if (running) {
      const code = 'ERR_MATCH_ALREADY_SEARCHING';
      return [409, { error: 'Searching already', code, interests: running, expires_at: EXPIRES }];
    }
    for (const [other, tags] of this.searches) {
      const shared = interests.filter((tag) => tags.includes(tag));
      if (shared.length === 0) continue;
      const talk = this.pair(other, who, shared);
      return [200, { state: 'matched', token: talk.sides[1].token, chat_id: talk.id, expires_at: EXPIRES }];
    }
    this.searches.set(who, interests);
    this.tellState(who);
    return [200, { state: 'searching', interests, expires_at: EXPIRES }];
  }

  #leave(who: Who, chatId: unknown): RestAnswer {
    const isTheirs = (talk: Talk) => talk.sides.some((side) => side.who === who) && !talk.ended;
    const talk = this.talks.find((one) => isTheirs(one) && (chatId === undefined || one.id === chatId));
    if (!talk) return [404, { error: 'No direct chat', code: 'ERR_MATCH_NO_ACTIVE_DIRECT' }];
    this.end(talk.id, 'left');
    return [200, { message: 'Left direct chat' }];
  }

  #join(who: Who, { token, public_key }: Record<string, unknown>): object {
    const talk = this.talks.find(({ sides }) => sides.some((side) => side.token === token && side.who === who));
    const mine = talk?.sides.find((side) => side.token === token);
    if (!talk || !mine) return { ok: false, error: 'Not found', code: 'ERR_NOT_FOUND' };
    mine.publicKey = String(public_key);
    const other = otherOf(talk, mine);
    this.tell(talk.id, 'portal:key_added', recipientOf(talk, mine), other.number);
    const key = talk.blobs.get(pseudonym(talk, mine)) ?? null;
    const holder = talk.sides.find((side) => talk.blobs.has(pseudonym(talk, side)));
    if (!key && !holder && talk.maker && talk.maker !== mine) talk.keyless.push(mine);
    else if (!key && !talk.ended) {
      talk.maker ??= mine;
      this.#askFor(talk, mine, holder ?? mine, !holder);
    }
    const chat = { id: talk.id, chat_type: 'direct', name: other.alias, archived: talk.ended !== null };
    const state = { browser: null, control: null, muted: null, online: true };
    const members = talk.sides.map((side) => memberOf(talk, side));
    const ids = { session_id: pseudonym(talk, mine), participant: mine.number };
    return { ...ids, chat, members, count: 2, epoch: 1, key, ...state };
  }

  #askFor(talk: Talk, recipient: Side, { number }: Side, generate: boolean): void {
    const request = { epoch: 1, generate, recipients: [recipientOf(talk, recipient)] };
    this.tell(talk.id, 'portal:key_request', request, number);
  }

  #share(talk: Talk, sender: Side, keys: SealedKey[]): object {
    for (const { session_id, blob } of keys) {
      const from = { sender_session_id: pseudonym(talk, sender), sender_public_key: String(sender.publicKey) };
      talk.blobs.set(session_id, { blob, ...from });
      const recipient = talk.sides.find((side) => pseudonym(talk, side) === session_id);
      if (recipient && recipient !== sender)
        this.tell(talk.id, 'portal:key_shared', { epoch: 1, blob, ...from }, recipient.number);
    }
    // After the acknowledgement: until then the maker does not know whether its key counts.
    setImmediate(() => {
      for (const side of talk.keyless.splice(0)) this.#askFor(talk, side, sender, false);
    });
    return { accepted: keys.length, rejected: [] };
  }

  #write(talk: Talk, sender: Side | null, content: string): HistoryEntry {
    const entry: HistoryEntry = {
      chat_id: talk.id,
      chat_name: '',
      id: `1710000000000-${talk.history.length}`,
      prev_id: talk.history.at(-1)?.id ?? null,
      sender: sender && { id: null, username: sender.alias, avatar_url: null, participant: sender.number },
      permission_level: null,
      content,
      type: sender ? 'user' : 'system',
      epoch: (sender ? 1 : 0).toString(16).padStart(16, '0'),
      timestamp: '2026-01-01T00:00:00.000Z',
    };
    talk.history.push(entry);
    return entry;
  }
}

function otherOf({ sides: [one, other] }: Talk, side: Side): Side {
  return side === one ? other : one;
}

const pseudonym = ({ id }: Talk, { number }: Side) => `secret-${id}-${number}`;

function recipientOf(talk: Talk, side: Side): object {
  const { number: participant, publicKey: public_key } = side;
  return { user_id: null, participant, session_id: pseudonym(talk, side), public_key, signing_key: null };
}

function memberOf(talk: Talk, side: Side): Member {
  const session = { session_id: pseudonym(talk, side), public_key: String(side.publicKey), signing_key: null };
  return {
    id: null,
    participant: side.number,
    username: side.alias,
    avatar_url: null,
    permission_level: null,
    sessions: side.publicKey ? [session] : [],
  };
}
