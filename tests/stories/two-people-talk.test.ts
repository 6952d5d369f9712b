import { afterEach, beforeAll, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChatRoom, PortalClient, PortalRest } from '../../src/client/index.ts';
import { builtBinary } from '../binary/built-binary.ts';
import { runningBinary } from '../support/running-binary.ts';
import { eventually } from '../support/waiting.ts';

const MINUTE_MS = 60_000;
const clients: PortalClient[] = [];

beforeAll(async () => {
  await builtBinary();
}, 2 * MINUTE_MS);

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function signedIn(url: string, publicKey: string, code: string): Promise<PortalClient> {
  const client = new PortalClient({ url, publicKey });
  clients.push(client);
  await client.rest.auth.verify({ code });
  await client.connect();
  return client;
}

const bodies = (room: ChatRoom) => room.messages.filter(({ type }) => type === 'user').map(({ body }) => body);

async function hears(room: ChatRoom, body: string): Promise<void> {
  if (bodies(room).includes(body)) return;
  await room.next('message', (message) => message.body === body);
}

test(
  'two people talk, sealed: from an empty directory to a kick, a new key and a server that was killed',
  async () => {
    await using server = await runningBinary({ PORTAL_LIMIT_MESSAGES: '100' });
    const { url } = server;

    // The person at the keyboard becomes the Owner through the link that the server prints.
    const claimToken = /\/claim#([\w-]+)/.exec(server.said())?.[1] ?? '';
    const { public_key: publicKey } = await server.command('public-key');
    expect(server.said()).toContain(publicKey);
    const owner = new PortalRest({ url, publicKey });
    expect(await owner.auth.claim({ token: claimToken, username: 'ada' })).toMatchObject({
      username: 'ada',
      permission_level: 3,
    });
    await expect(owner.auth.claim({ token: claimToken, username: 'eve' })).rejects.toMatchObject({ status: 404 });

    // A bot delivers one person's code; another gets theirs from the operator.
    const { api_key: apiKey } = await server.command(
      'bot',
      'create',
      'Doorkeeper',
      '--platform',
      'discord',
      '--owner',
      'ada',
    );
    const bot = new PortalRest({ url, apiKey });
    const linusClient = new PortalClient({ url, publicKey });
    clients.push(linusClient);
    await linusClient.rest.auth.requestCode({ platform: 'discord', platform_user_id: '42' });
    const identity = {
      platform: 'discord',
      platform_user_id: '42',
      platform_username: 'linus',
      platform_avatar_url: null,
    };
    const { code } = await bot.bot.fetchLoginCode(identity);
    const linusProfile = await linusClient.rest.auth.verify({ code: code ?? '' });
    expect(linusProfile).toMatchObject({ user_created: true, username: expect.stringMatching(/^user_[0-9a-f]{8}$/) });
    await linusClient.connect();

    await server.command('user', 'create', 'grace', '--tier', 'premium');
    await server.command('user', 'create', 'mallory');
    const codeOf = async (name: string): Promise<string> => (await server.command('login-code', name)).code;
    const grace = await signedIn(url, publicKey, await codeOf('grace'));
    const mallory = await signedIn(url, publicKey, await codeOf('mallory'));

    // A private chat, invites, and keys exchanged between the clients.
    const chat = await grace.rest.chats.create({ name: 'Engine room' });
    await expect(linusClient.rest.chats.get(chat.id)).rejects.toMatchObject({ status: 404, code: 'ERR_NOT_FOUND' });
    const { code: invite } = await grace.rest.invites.create(chat.id, { max_uses: 2 });
    const graceRoom = await grace.join(chat.id);
    await graceRoom.send('first, to nobody but myself');
    for (const client of [linusClient, mallory]) {
      expect(await client.rest.invites.resolve(invite)).toMatchObject({ method: 'invite', joined: true });
    }
    const linusRoom = await linusClient.join(chat.id);
    const malloryRoom = await mallory.join(chat.id);

    await linusRoom.send('hello from linus');
    await hears(graceRoom, 'hello from linus');
    await graceRoom.send('hello from grace');
    await hears(linusRoom, 'hello from grace');
    await hears(malloryRoom, 'hello from grace');
    expect(bodies(linusRoom)).toContain('first, to nobody but myself');
    // News of who came, and with which key, may come after what they say.
    await eventually(() => graceRoom.safetyNumber() === linusRoom.safetyNumber());

    // A kick changes the key: the one who left cannot read on, although they see the sealed history of before.
    const kicked = malloryRoom.next('kicked');
    const before = graceRoom.epoch;
    await grace.rest.chats.kick(chat.id, { user_id: (await mallory.rest.users.me()).id, reason: 'eavesdropping' });
    expect(await kicked).toMatchObject({ reason: 'eavesdropping' });
    await graceRoom.send('now without mallory');
    await hears(linusRoom, 'now without mallory');
    expect(graceRoom.epoch).toBe(before + 1);
    expect(bodies(malloryRoom)).not.toContain('now without mallory');
    await expect(mallory.rest.messages.history(chat.id)).rejects.toMatchObject({ status: 404 });
    await expect(mallory.join(chat.id)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });

    // Killed in the middle of a burst and restarted: every acknowledged message is there, and no key is distributed again.
    const acknowledged: string[] = [];
    const reconnected = [grace.next('connected'), linusClient.next('connected')];
    const killed = Promise.withResolvers<void>();
    const flurry = Array.from({ length: 60 }, (_, index) => `flurry ${index}`).map(async (body) => {
      await graceRoom.send(body);
      acknowledged.push(body);
      if (acknowledged.length === 4) await server.killHard().then(killed.resolve);
    });
    const settled = Promise.allSettled(flurry);
    await killed.promise;
    await server.startAgain();
    await Promise.all(reconnected);
    await settled;
    expect(acknowledged.length).toBeGreaterThanOrEqual(4);

    await linusRoom.send('are you there?');
    await hears(graceRoom, 'are you there?');
    for (const body of [...acknowledged, 'are you there?']) {
      await hears(graceRoom, body);
      await hears(linusRoom, body);
    }
    expect(bodies(linusRoom).filter((body) => body === 'are you there?')).toHaveLength(1);
    expect(graceRoom.epoch).toBe(before + 1);
    const history = await grace.rest.messages.history(chat.id);
    expect(history.slice(1).map(({ prev_id }) => prev_id)).toEqual(history.slice(0, -1).map(({ id }) => id));

    // The server's disk holds no plain text and no key; its log holds no secret.
    const data = join(server.directory, 'data');
    const files = readdirSync(data).filter((name) => !name.endsWith('.sock'));
    const disk = Buffer.concat(files.map((name) => readFileSync(join(data, name)))).toString('latin1');
    for (const secret of ['hello from', 'without mallory', 'flurry', claimToken, apiKey, grace.rest.token ?? '?']) {
      expect(disk).not.toContain(secret);
    }
    for (const secret of [apiKey, grace.rest.token ?? '?', invite]) expect(server.said()).not.toContain(secret);
    expect(await server.stop()).toBe(0);
  },
  MINUTE_MS,
);
