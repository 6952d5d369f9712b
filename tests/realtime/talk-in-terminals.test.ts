import { expect, test } from 'bun:test';
import { program, terminal } from '../support/terminal.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, openWire } from './house.ts';

test('two terminals talk, and whoever leaves is not told that the connection was lost', async () => {
  await using house = await openHouse();
  const { publicKey, auth } = house.modules;
  const options = async (username: string) => {
    const { code } = await auth.consoleCode(username);
    return ['--url', house.url, '--key', publicKey.current(), '--code', code];
  };
  await house.given.premium('grace');
  await house.given.person({ username: 'linus' });
  const grace = terminal(...(await options('grace')), '--new', 'Engine room');
  const invite = /Invite: (\w+)/.exec(await grace.prints(/You are grace/))?.[1] ?? '';
  const linus = terminal(...(await options('linus')), '--invite', invite);
  await linus.prints(/You are linus/);
  linus.type('hello grace');
  await grace.prints(/linus: hello grace/);
  grace.type('hello linus');
  await linus.prints(/grace: hello linus/);
  // Twelve groups of five: people read them to each other.
  linus.type('/number');
  await linus.prints(/safety number: \d{5}( \d{5}){11}\n/);
  for (const { status, said, complained } of [await linus.end(), await grace.end()]) {
    expect([status, complained]).toEqual([0, '']);
    expect(said).toEndWith('Bye.\n');
  }
});

test('what goes wrong is one sentence', async () => {
  await using house = await openHouse();
  const key = ['--url', house.url, '--key', house.modules.publicKey.current()];
  const nowhere = ['--url', 'http://127.0.0.1:1', '--key', 'hpub_x', '--code', 'wrongwrong'];
  for (const [args, sentence] of [
    [[...key, '--code', 'short'], 'error: code must be at least 8 characters\n'],
    [nowhere, 'error: Cannot reach http://127.0.0.1:1\n'],
    [['--wrong'], expect.stringMatching(/^error: Unknown option '--wrong'.*\n$/)],
  ] as const) {
    expect(await terminal(...args).end()).toEqual({ status: 1, said: '', complained: sentence });
  }
});

test('a connection that was lost is told of, and so is its return', async () => {
  await using house = await openHouse();
  using wire = await openWire(house.url);
  await house.given.premium('grace');
  const { code } = await house.modules.auth.consoleCode('grace');
  const key = house.modules.publicKey.current();
  const grace = terminal('--url', wire.url, '--key', key, '--code', code, '--new', 'Engine room');
  await grace.prints(/You are grace/);
  wire.cut();
  await grace.prints(/connection lost, reconnecting/);
  wire.mend();
  await grace.prints(/reconnected/);
  grace.type('still here');
  await grace.prints(/grace: still here/);
  expect((await grace.end()).status).toBe(0);
});

/** A chat in a terminal that shows what is typed; `text` is all that it was ever sent. */
async function realTerminal(house: House, url = house.url) {
  await house.given.premium('grace');
  const { code } = await house.modules.auth.consoleCode('grace');
  const key = house.modules.publicKey.current();
  const screen = { text: '', waiting: () => {} };
  const args = [process.execPath, program, '--url', url, '--key', key, '--code', code, '--new', 'Engine room'];
  const child = Bun.spawn(args, {
    terminal: {
      cols: 40,
      rows: 24,
      data(_terminal: unknown, bytes: Uint8Array) {
        screen.text += new TextDecoder().decode(bytes);
        screen.waiting();
      },
    },
  });
  const shows = (text: string, after = 0) =>
    new Promise<void>((resolve) => {
      screen.waiting = () => screen.text.indexOf(text, after) >= 0 && resolve();
      screen.waiting();
    });
  // The prompt: from here on the program draws what is typed, and not the terminal.
  await shows('> ');
  return {
    screen,
    shows,
    type: (text: string) => child.terminal?.write(text),
    end: () => {
      child.terminal?.write('\u0004');
      return child.exited;
    },
    /** Another person in the same chat. */
    async other() {
      const linus = await house.client(await house.given.person({ username: 'linus' }));
      const { chat } = await linus.rest.invites.resolve(/Invite: (\w+)/.exec(screen.text)?.[1] ?? '');
      return linus.join(chat.id);
    },
  };
}

test('in a real terminal, which shows what is typed, one’s own line stands there once', async () => {
  await using house = await openHouse();
  const { screen, shows, type, end, other } = await realTerminal(house);
  const long = 'a line that is longer than the forty columns of this terminal';
  type(`${long}\n`);
  const room = await other();
  await eventually(() => room.messages.some(({ body }) => body === long));
  await room.send('heard');
  await shows('linus: heard');
  expect(screen.text.split(long)).toHaveLength(2);
  expect(await end()).toBe(0);
});

test('in a real terminal a message that arrives leaves what is being typed in one piece', async () => {
  await using house = await openHouse();
  const { screen, shows, type, end, other } = await realTerminal(house);
  const room = await other();
  await shows('linus joined');
  type('half a li');
  await shows('half a li');
  await room.send('meanwhile');
  await shows('linus: meanwhile');
  // Below the message, the line as far as it was typed.
  await shows('half a li', screen.text.indexOf('linus: meanwhile'));
  type('ne\n');
  await eventually(() => room.messages.some(({ body }) => body === 'half a line'));
  expect(await end()).toBe(0);
});

test('in a real terminal the end of input waits for the answer to what was typed last', async () => {
  await using house = await openHouse();
  using wire = await openWire(house.url);
  const { screen, shows, type, end, other } = await realTerminal(house, wire.url);
  const room = await other();
  await eventually(() => room.hasKey);
  wire.hold();
  type('the last word\n');
  await eventually(() => room.messages.some(({ body }) => body === 'the last word'));
  const ending = end();
  await shows('waiting for the answer to what was typed last');
  wire.release();
  expect(await ending).toBe(0);
  expect(screen.text).toEndWith('Bye.\r\n');
});
