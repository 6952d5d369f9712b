import { expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlError, sendCommand } from '../../src/app/operations/control-client.ts';
import { controlSocketPath } from '../../src/app/operations/control-protocol.ts';
import { listenForCommands } from '../../src/app/operations/control-socket.ts';
import { silentLogger } from '../../src/core/logger.ts';

const COMMAND = { operation: 'public-key', args: {} };
const SHORT = { greetingMs: 50, silenceMs: 50 };

/** A data directory; give it a `name` to lengthen its path. */
function place(name = 'data') {
  const folder = mkdtempSync(join(tmpdir(), 'portal-control-'));
  const dataDir = join(folder, name);
  mkdirSync(dataDir, { mode: 0o700 });
  return { dataDir, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Something that listens where a server would, and does with each connection what the test says. */
async function pretender(dataDir: string, act: (socket: import('node:net').Socket) => void) {
  const server = createServer(act);
  await new Promise<void>((resolve) => server.listen(controlSocketPath(dataDir), resolve));
  return { [Symbol.dispose]: () => void server.close() };
}

test('the socket is in the data directory and for its owner alone, however long the path', async () => {
  using at = place('long'.repeat(40));
  const cwd = process.cwd();
  const server = listenForCommands(at.dataDir, async ({ operation }) => operation, silentLogger);
  expect(statSync(controlSocketPath(at.dataDir)).mode & 0o777).toBe(0o600);
  expect(await sendCommand(at.dataDir, COMMAND)).toEqual({ ok: true, result: 'public-key' });
  await server.stop();
  expect(existsSync(controlSocketPath(at.dataDir))).toBe(false);
  expect(process.cwd()).toBe(cwd);
});

test('where nobody listens there is no server: no directory, no socket, one left behind, a file', async () => {
  using at = place();
  expect(await sendCommand(join(at.dataDir, 'nothing'), COMMAND)).toBeUndefined();
  expect(await sendCommand(at.dataDir, COMMAND)).toBeUndefined();
  writeFileSync(controlSocketPath(at.dataDir), '');
  expect(await sendCommand(at.dataDir, COMMAND)).toBeUndefined();
  expect(await sendCommand(controlSocketPath(at.dataDir), COMMAND)).toBeUndefined();
});

test('a server that ends before it takes a command has done nothing: it counts as none', async () => {
  using at = place();
  using _ = await pretender(at.dataDir, (socket) => {
    socket.write('{}\n');
    socket.on('data', () => socket.destroy());
  });
  expect(await sendCommand(at.dataDir, COMMAND)).toBeUndefined();
});

test.each<[string, string, RegExp]>([
  ['is lost', '\n', /may have been done, or not/],
  ['is cut off', '\n{"ok":tr\n', /may have been done, or not/],
])('a command that was taken and whose answer %s fails with a sentence', async (_what, said, sentence) => {
  using at = place();
  using _ = await pretender(at.dataDir, (socket) => {
    socket.write('{}\n');
    socket.on('data', () => socket.end(said));
  });
  expect(sendCommand(at.dataDir, COMMAND)).rejects.toThrow(sentence);
});

test('a server that is stopped is waited for no longer than for a greeting, and is told nothing', async () => {
  using at = place();
  const told: string[] = [];
  using _ = await pretender(at.dataDir, (socket) => socket.on('data', (data) => void told.push(String(data))));
  expect(sendCommand(at.dataDir, COMMAND, SHORT)).rejects.toThrow('Nothing was done');
  expect(told).toEqual([]);
});

test('a server that falls silent over a command is waited for no longer than between two signs of life', async () => {
  using at = place();
  using _ = await pretender(at.dataDir, (socket) => {
    socket.write('{}\n');
    socket.on('data', () => socket.write('\n'));
  });
  const error = await sendCommand(at.dataDir, COMMAND, SHORT).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ControlError);
  expect((error as Error).message).toContain('fallen silent');
});

test('a command that takes longer than the silence is waited for, as the server shows that it works', async () => {
  using at = place();
  const work = Promise.withResolvers<string>();
  const server = listenForCommands(at.dataDir, () => work.promise, silentLogger);
  const answer = sendCommand(at.dataDir, COMMAND, { greetingMs: 5000, silenceMs: 1500 });
  const watcher = connect(controlSocketPath(at.dataDir));
  watcher.once('data', () => watcher.write(`${JSON.stringify(COMMAND)}\n`));
  let signs = 0;
  await new Promise<void>((resolve) =>
    watcher.on('data', (data) => String(data) === '\n' && ++signs === 3 && resolve()),
  );
  work.resolve('done');
  expect(await answer).toEqual({ ok: true, result: 'done' });
  await server.stop();
});

test('to stop waits for the commands under way, takes no more, and answers what it cannot wait for', async () => {
  using at = place();
  const work = Promise.withResolvers<string>();
  const begun = Promise.withResolvers<void>();
  let asked = 0;
  const perform = () => {
    asked++;
    begun.resolve();
    return work.promise;
  };
  const server = listenForCommands(at.dataDir, perform, silentLogger);
  const answer = sendCommand(at.dataDir, COMMAND);
  await begun.promise;
  const stopped = server.stop(60_000);
  expect(await sendCommand(at.dataDir, COMMAND)).toBeUndefined();
  work.resolve('done');
  expect(await answer).toEqual({ ok: true, result: 'done' });
  await stopped;
  expect(asked).toBe(1);

  const endless = Promise.withResolvers<void>();
  const next = listenForCommands(
    at.dataDir,
    () => {
      endless.resolve();
      return new Promise(() => {});
    },
    silentLogger,
  );
  const unfinished = sendCommand(at.dataDir, COMMAND);
  await endless.promise;
  await next.stop(0);
  expect(await unfinished).toMatchObject({ ok: false, error: expect.stringContaining('before this was finished') });
});

test('a command whose asker has gone before it was taken is not done', async () => {
  using at = place();
  let asked = 0;
  const server = listenForCommands(at.dataDir, async () => void asked++, silentLogger);
  const socket = connect(controlSocketPath(at.dataDir));
  await new Promise((resolve) => socket.once('data', resolve));
  socket.write(JSON.stringify(COMMAND));
  socket.destroy();
  expect(await sendCommand(at.dataDir, COMMAND)).toMatchObject({ ok: true });
  await server.stop();
  expect(asked).toBe(1);
});
