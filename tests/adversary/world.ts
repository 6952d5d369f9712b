import type { ChatRoom, KeyPair, KeyStorage, PortalClient, RoomMessage, StoredKeys } from '../../src/client/index.ts';
import { openHouse } from '../realtime/house.ts';
import { eventually } from '../support/waiting.ts';
import { type Payload, Relay } from './relay.ts';

/** The client library under attack. */
export type Library = typeof import('../../src/client/index.ts');

export type Person = {
  name: string;
  id: number;
  token: string;
  client: PortalClient;
  room: ChatRoom;
  storage: KeyStorage & { stored(): StoredKeys | null };
  /** What the person is told, in order: names of events. */
  told: string[];
  /** What was shown, as `name: text`. */
  shown: () => string[];
};

type ClientOptions = { trust?: 'listed' | 'verified' };
/** What an attack came to: what the attacker read, what was put into another's mouth or shown twice, what people saw. */
export type Outcome = { learnt: string[]; forged: string[]; seen: Record<string, unknown> };

export type World = Awaited<ReturnType<typeof openWorld>>;

/** A real server, a relay that lies before it, and people who talk through it. */
export async function openWorld(library: Library, options: ClientOptions = {}) {
  const house = await openHouse();
  const relay = await new Relay(house.url).start();
  const open: PortalClient[] = [];
  const owner = await house.given.premium('ada');
  const chat = await house.given.chat({ owner });
  /** Texts that clients handed to the server, sealed. */
  const captured: string[] = [];
  const eve: KeyPair = library.createKeyPair();

  function clientOf(token: string, storage: KeyStorage): PortalClient {
    const client = new library.PortalClient({
      url: relay.url,
      token,
      storage,
      timing: { repairDelayMs: 20, retryDelayMs: 20, sendTimeoutMs: 700, listingMs: 300 },
      ...options,
      socket: { transports: ['websocket'], reconnectionDelay: 20, reconnectionDelayMax: 50 },
    });
    open.push(client);
    return client;
  }

  async function enter(session: { id: number; token: string }, name: string, storage = memory()): Promise<Person> {
    const client = clientOf(session.token, storage);
    await client.connect();
    const room = await client.join(chat.id);
    const told: string[] = [];
    for (const event of ['refused', 'withheld', 'keyChanged', 'sessionAdded', 'keyReplaced', 'epoch'] as const)
      room.on(event as 'epoch', () => void told.push(event));
    const line = ({ sender, body }: RoomMessage) => `${sender?.username}: ${body}`;
    const shown = () => room.messages.filter(({ type, body }) => type === 'user' && body !== null).map(line);
    return { name, id: session.id, token: session.token, client, room, storage, told, shown };
  }

  return {
    house,
    relay,
    chat,
    eve,
    captured,
    library,
    enter,
    owner,

    /** A person who enters the chat. */
    async arrive(name: string): Promise<Person> {
      if (name === 'ada') return enter(owner, name);
      const session = await house.given.person({ username: name });
      await house.given.member(chat, session);
      return enter(session, name);
    },

    /** Everybody is in everybody's list and has the key. With `trust: 'verified'`, they have confirmed each other. */
    async ready(...people: Person[]): Promise<void> {
      const isListed = ({ room }: Person) =>
        room.members.length === people.length && room.members.every(({ sessions }) => sessions[0]?.public_key);
      await eventually(() => people.every(isListed));
      if (options.trust === 'verified') {
        for (const { room } of people) for (const { id } of room.members) if (id !== null) await room.confirm(id);
      }
      await eventually(() => people.every(({ room }) => room.hasKey));
    },

    /** Keeps what this client sends, and passes it on. */
    capture: (name: string, payload: Payload) => {
      if (name === 'message:send') captured.push(String(payload.content));
      return undefined;
    },

    /** What somebody with this chat key reads of all that was captured. */
    read(chatKey: Uint8Array | undefined): string[] {
      if (!chatKey) return [];
      return captured.flatMap((content) => {
        try {
          return library.openEnvelope(library.parseEnvelope(content), chatKey);
        } catch {
          return [];
        }
      });
    },

    /** The chat key that was sealed for Eve, if one was. */
    keyFor(recipient: string, keys: { session_id: string; blob: string }[], sender: PortalClient) {
      const blob = keys.find(({ session_id }) => session_id === recipient)?.blob;
      if (!blob) return undefined;
      try {
        return library.openKeyBlob(blob, String(sender.publicKey), eve);
      } catch {
        return undefined;
      }
    },

    async close(): Promise<void> {
      for (const client of open) client.close();
      await relay.stop();
      await house[Symbol.asyncDispose]();
    },
  };
}

export function memory(): KeyStorage & { stored(): StoredKeys | null } {
  let kept: StoredKeys | null = null;
  return {
    load: () => kept,
    save: (keys) => {
      kept = structuredClone(keys);
    },
    stored: () => kept,
  };
}

/** A call that fails is an answer, too: the client would not speak. */
export async function trySend({ room }: Person, text: string): Promise<string | undefined> {
  return room.send(text).catch(() => undefined);
}
