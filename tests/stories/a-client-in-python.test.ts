import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { join, resolve } from 'node:path';
import { type House, openHouse } from '../realtime/house.ts';
import type { Person } from '../support/given.ts';
import { cuttingProxy } from '../support/proxies.ts';
import { requirePython } from '../support/python.ts';
import { eventually } from '../support/waiting.ts';

const EXAMPLE = resolve(import.meta.dir, '../../examples/python');
const MINUTE_MS = 60_000;

const python = await requirePython('example', join(EXAMPLE, 'requirements.txt'));

/** The example in a process of its own, and what it has printed. */
class Talker {
  readonly #child;
  readonly #reading: Promise<void>;
  said = '';

  constructor(url: string, key: string, code: string, chat: number) {
    this.#child = Bun.spawn(
      [python as string, '-B', join(EXAMPLE, 'client.py'), url, '--key', key, '--code', code, '--chat', String(chat)],
      { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' },
    );
    const read = async (stream: ReadableStream<Uint8Array>) => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) this.said += decoder.decode(chunk, { stream: true });
    };
    this.#reading = Promise.all([read(this.#child.stdout), read(this.#child.stderr)]).then(() => undefined);
  }

  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
    void this.#child.stdin.flush();
  }

  hears(line: string): Promise<void> {
    return eventually(() => this.said.split('\n').includes(line), { found: () => this.said });
  }

  /** Waits for its own end. */
  async ended(): Promise<number> {
    await this.#reading;
    return this.#child.exited;
  }

  async close(): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }
}

describe.skipIf(!python)('the client in Python, written from the documents', () => {
  let house: House;
  const talkers: Talker[] = [];

  beforeAll(async () => {
    house = await openHouse();
  });
  afterEach(() => Promise.all(talkers.splice(0).map((talker) => talker.close())).then(() => undefined));
  afterAll(() => house.close());

  async function talker(who: Person, chat: { id: number }, url = house.url): Promise<Talker> {
    const { code } = await house.database.units.run('given code', ({ db }) =>
      house.modules.loginCodes.makeForConsole(db, who.id),
    );
    const made = new Talker(url, house.modules.publicKey.current(), code, chat.id);
    talkers.push(made);
    return made;
  }

  test(
    'makes a key, shares it, is understood by another of its kind and understands the library, and talks on after a kick',
    async () => {
      const chat = await house.given.chat();
      const [linus, carol, mallory] = await Promise.all([1, 2, 3].map(() => house.given.member(chat)));
      if (!linus || !carol || !mallory) throw new Error('three people were given');
      const ada = await talker(chat.owner, chat);
      await ada.hears(`* ${chat.owner.username} joined the chat`);

      // Alone, it is asked to make the key. What it says then waits in the history.
      ada.type('Žluťoučký kůň');
      await ada.hears(`${chat.owner.username}: Žluťoučký kůň`);
      const grace = await talker(linus, chat);
      await grace.hears(`${chat.owner.username}: Žluťoučký kůň`);
      grace.type('I can read you');
      await ada.hears(`${linus.username}: I can read you`);

      const room = await (await house.client(carol)).join(chat.id);
      await room.send('From the library');
      const fromLibrary = new RegExp(`^${carol.username}( \\(unsigned\\))?: From the library$`, 'm');
      for (const one of [ada, grace]) await eventually(() => fromLibrary.test(one.said), { found: () => one.said });

      // A kick gives the chat another key, which the one removed does not get.
      const removed = await talker(mallory, chat);
      await removed.hears(`${linus.username}: I can read you`);
      await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: mallory.id, reason: 'Spoilers' });
      await removed.hears('* You were removed: Spoilers');
      expect(await removed.ended()).toBe(0);
      grace.type('And now?');
      await ada.hears(`${linus.username}: And now?`);
      ada.type('Still here');
      await grace.hears(`${chat.owner.username}: Still here`);
      const { body } = await house.as(chat.owner).get(`/v1/portal/chats/${chat.id}/history?limit=1`);
      expect(JSON.parse(body[0].content)).toEqual({ v: 2, epoch: 2, ct: expect.any(String) });
      for (const { said } of [ada, grace]) expect(said).not.toMatch(/refused|unverified|Traceback|not sent/);
      expect(removed.said).not.toContain('And now?');
    },
    MINUTE_MS,
  );

  test(
    'comes back after its line broke, and shows what it missed once',
    async () => {
      const chat = await house.given.chat();
      const member = await house.given.member(chat);
      await using proxy = await cuttingProxy(house.url);
      const ada = await talker(chat.owner, chat, proxy.url);
      await ada.hears(`* ${chat.owner.username} joined the chat`);
      const room = await (await house.client(member)).join(chat.id);
      await room.send('Before');
      await eventually(() => ada.said.includes('Before'), { found: () => ada.said });
      proxy.cut();
      await room.send('Meanwhile');
      await eventually(() => ada.said.includes('Meanwhile'), { found: () => ada.said });
      ada.type('Back again');
      await ada.hears(`${chat.owner.username}: Back again`);
      expect(ada.said.match(/Before|Meanwhile/g)).toEqual(['Before', 'Meanwhile']);
    },
    MINUTE_MS,
  );
});
