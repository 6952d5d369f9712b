import { expect, test } from 'bun:test';
import { terminal } from '../support/terminal.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse, openWire } from './house.ts';
import { graceTalks, keyArgs, liveSessions, talkArgs } from './talk-house.ts';

test('two terminals talk, and whoever leaves is not told that the connection was lost', async () => {
  await using house = await openHouse();
  const { grace, invite } = await graceTalks(house);
  await house.given.person({ username: 'linus' });
  const linus = terminal(...(await talkArgs(house, 'linus')), '--invite', invite);
  await linus.prints(/You are linus/);
  linus.type('hello grace');
  await grace.prints(/\n\d\d:\d\d linus: hello grace\n/);
  grace.type('hello linus');
  await linus.prints(/\n\d\d:\d\d grace: hello linus\n/);
  for (const { status, said, complained } of [await linus.end(), await grace.end()]) {
    expect([status, complained]).toEqual([0, '']);
    expect(said).toEndWith('Bye.\n');
  }
});

test('what was said before stands there at the start, as much of it as one asks for, with times and days', async () => {
  await using house = await openHouse();
  const ada = await house.given.premium('ada');
  const chat = await house.given.chat({ owner: ada });
  await house.given.member(chat, await house.given.person({ username: 'linus' }));
  const room = await (await house.client(ada)).join(chat.id);
  for (const text of ['one', 'two', 'three']) await room.send(text);
  const linus = terminal(...(await talkArgs(house, 'linus')), '--chat', String(chat.id), '--history', '3');
  await linus.prints(/\d\d:\d\d ada: two\n\d\d:\d\d ada: three\n\d\d:\d\d \* linus joined the chat\n/);
  expect((await linus.end()).said).not.toContain('ada: one');
});

test('what was sealed before one had the keys is counted, not listed', async () => {
  await using house = await openHouse();
  const { grace, chatId, linus } = await graceTalks(house);
  const { session, client, room } = await linus();
  for (const text of ['one', 'two']) await room.send(text);
  client.close();
  await grace.prints(/linus: two/);
  // The last one who has the key leaves, and its session ends.
  await grace.end();
  await house.as(session).post('/v1/authentication/logout', {});
  const again = terminal(...(await talkArgs(house, 'grace')), '--chat', String(chatId));
  await again.prints(/\* 2 earlier messages are sealed with keys that you do not have\n/);
  const { said } = await again.end();
  expect(said).not.toContain('linus: ');
});

test('what goes wrong is one sentence', async () => {
  await using house = await openHouse();
  const key = keyArgs(house);
  const from = (url: string) => ['--url', url, '--key', 'hpub_x', '--code', 'wrongwrong'];
  using other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('a page', { status: 404 }) });
  const unreachable = 'Is the server running? --url names another address.';
  for (const [args, sentence] of [
    [[...key, '--code', 'short'], 'error: code must be at least 8 characters\n'],
    [from('http://127.0.0.1:1'), `error: Cannot reach 127.0.0.1, port 1. ${unreachable}\n`],
    [from('http://[::1]/'), `error: Cannot reach [::1], port 80. ${unreachable}\n`],
    [from(other.url.href), `error: What answers at 127.0.0.1, port ${other.port} is not a Portal server.\n`],
    [from('nonsense'), 'error: --url must be an address such as http://localhost:7331\n'],
    [[...key, '--code', 'x', '--history', '501'], 'error: --history must be 0 to 500\n'],
    [['--wrong'], expect.stringMatching(/^error: Unknown option '--wrong'.*\n$/)],
  ] as const) {
    expect(await terminal(...args).end()).toEqual({ status: 1, said: '', complained: sentence });
  }
});

test('a connection that was lost is told of, and so is its return', async () => {
  await using house = await openHouse();
  using wire = await openWire(house.url);
  await house.given.premium('grace');
  const grace = terminal(...(await talkArgs(house, 'grace', wire.url)), '--new', 'Engine room');
  await grace.prints(/You are grace/);
  wire.cut();
  const { port } = new URL(wire.url);
  await grace.prints(new RegExp(`connection lost, reconnecting to 127.0.0.1, port ${port}`));
  wire.mend();
  await grace.prints(/reconnected/);
  grace.type('still here');
  await grace.prints(/grace: still here/);
  expect((await grace.end()).status).toBe(0);
});

test('what is not sent is told with its reason, and a command that does not exist is not sent at all', async () => {
  await using house = await openHouse();
  const { grace, linus } = await graceTalks(house);
  const { room } = await linus();
  const long = 'x'.repeat(4000);
  grace.type(long);
  await grace.prints(/\* not sent \(The text is too long to send\): x{4000}\n/);
  grace.type('/nubmer');
  await grace.prints(/\* there is no command "\/nubmer"; see \/help\n/);
  grace.type('after that');
  await eventually(() => room.messages.some(({ body }) => body === 'after that'));
  expect(room.messages.filter(({ type }) => type === 'user')).toHaveLength(1);
  await grace.end();
});

test('a session without a file ends with the program, and so it does when its person is kicked', async () => {
  await using house = await openHouse();
  const owner = await house.given.premium('grace');
  const chat = await house.given.chat({ owner });
  const linus = await house.given.member(chat, await house.given.person({ username: 'linus' }));
  const sessions = () => liveSessions(house, linus.id);
  const enter = async () => {
    const made = terminal(...(await talkArgs(house, 'linus')), '--chat', String(chat.id));
    await made.prints(/You are linus/);
    expect(await sessions()).toBe(2);
    return made;
  };
  const first = await enter();
  expect((await first.end()).said).toEndWith('Bye.\n');
  expect(await sessions()).toBe(1);
  const second = await enter();
  await house.as(owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: linus.id, reason: 'Spoilers' });
  await second.prints(/You were kicked from the chat: Spoilers\.\n$/);
  expect((await second.end()).status).toBe(0);
  expect(await sessions()).toBe(1);
});

test('a signal ends it as the end of input does', async () => {
  await using house = await openHouse();
  const { grace, owner } = await graceTalks(house);
  expect(await liveSessions(house, owner.id)).toBe(2);
  grace.type('anybody?');
  await grace.prints(/grace: anybody/);
  grace.kill('SIGTERM');
  await grace.prints(/Bye\.\n$/);
  expect((await grace.end()).status).toBe(0);
  expect(await liveSessions(house, owner.id)).toBe(1);
});
