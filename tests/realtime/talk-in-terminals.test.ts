import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { openHouse, openWire } from './house.ts';

const program = join(import.meta.dir, '../../src/client/talk.ts');

/** The program in a terminal of its own. What it prints grows in `said`. */
function terminal(...args: string[]) {
  const child = Bun.spawn([process.execPath, program, ...args], { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' });
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let said = '';
  return {
    /** Waits until it has printed this; gives back all that it has printed. */
    async prints(expected: RegExp): Promise<string> {
      while (!expected.test(said)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`It ended without ${expected}:\n${said}`);
        said += decoder.decode(value, { stream: true });
      }
      return said;
    },
    type(line: string): void {
      child.stdin.write(`${line}\n`);
      child.stdin.flush();
    },
    /** Its exit status and its last words, after the end of input. */
    async end(): Promise<{ status: number; said: string; complained: string }> {
      child.stdin.end();
      for (let next = await reader.read(); !next.done; next = await reader.read()) said += decoder.decode(next.value);
      return { status: await child.exited, said, complained: await new Response(child.stderr).text() };
    },
  };
}

test('two terminals talk, and whoever leaves is not told that the connection was lost', async () => {
  await using house = await openHouse();
  const { instance, auth } = house.modules;
  const options = async (username: string) => {
    const { code } = await auth.consoleCode(username);
    return ['--url', house.url, '--key', instance.publicKey(), '--code', code];
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
  for (const { status, said, complained } of [await linus.end(), await grace.end()]) {
    expect([status, complained]).toEqual([0, '']);
    expect(said).toEndWith('Bye.\n');
  }
});

test('what goes wrong is one sentence', async () => {
  await using house = await openHouse();
  const key = ['--url', house.url, '--key', house.modules.instance.publicKey()];
  const nowhere = ['--url', 'http://127.0.0.1:1', '--key', 'hpub_x', '--code', 'wrongwrong'];
  for (const [args, sentence] of [
    [[...key, '--code', 'short'], 'error: code must be at least 8 characters\n'],
    [nowhere, 'error: The server cannot be reached\n'],
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
  const key = house.modules.instance.publicKey();
  const grace = terminal('--url', wire.url, '--key', key, '--code', code, '--new', 'Engine room');
  await grace.prints(/You are grace/);
  wire.cut();
  await grace.prints(/the connection is lost/);
  wire.mend();
  await grace.prints(/connected again/);
  grace.type('still here');
  await grace.prints(/grace: still here/);
  expect((await grace.end()).status).toBe(0);
});
