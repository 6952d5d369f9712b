import { expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { LogOutput } from '../../src/adapters/system/log-output.ts';
import { Ending } from '../../src/app/server-end.ts';
import { silentLogger } from '../../src/core/logger.ts';

const SOURCE = resolve(import.meta.dir, '../../src/app/server-end.ts');

/** A process that waits for its end while `code` runs; what it says, and its status. */
async function ended(code: string) {
  const script = `
    import { watchForEnd } from ${JSON.stringify(SOURCE)};
    const tell = (message) => console.log(message);
    const end = watchForEnd({ debug: tell, info: tell, warn: tell, error: tell });
    // Keeps the process alive.
    Bun.serve({ port: 0, fetch: () => new Response() });
    ${code}
    const { status } = await end;
    console.log('in good order');
    process.exit(status);
  `;
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'inherit' });
  return { said: await new Response(child.stdout).text(), status: await child.exited };
}

test('an exception that is not caught is logged, and ends the server in good order with status 1', async () => {
  const { said, status } = await ended(`queueMicrotask(() => { throw new Error('unforeseen') });`);
  expect(said).toContain('an exception was not caught');
  expect(said).toContain('in good order');
  expect(status).toBe(1);
});

test('a promise that nobody waits for is logged, and the server goes on', async () => {
  const { said, status } = await ended(
    `void Promise.reject(new Error('left')); queueMicrotask(() => process.kill(process.pid, 'SIGTERM'));`,
  );
  expect(said).toContain('unhandled promise rejection');
  expect(status).toBe(0);
});

test('a second signal ends it at once', async () => {
  const twice = `process.kill(process.pid, 'SIGTERM'); queueMicrotask(() => process.kill(process.pid, 'SIGINT')); await new Promise(() => {});`;
  expect(await ended(twice)).toEqual({ said: '', status: 1 });
});

test('each step of the end is taken although one before it failed, the last that was added first', async () => {
  const taken: string[] = [];
  const ending = new Ending(silentLogger);
  ending.add('first', async () => void taken.push('first'));
  ending.add('second', async () => {
    taken.push('second');
    throw new Error('no room');
  });
  ending.add('third', async () => void taken.push('third'));
  expect(await ending.run()).toBe(false);
  expect(taken).toEqual(['third', 'second', 'first']);
  expect(await ending.run()).toBe(true);
  expect(taken).toHaveLength(3);
});

test('a log that is read too slowly loses lines and no more, and tells how many once it is read again', async () => {
  const written: string[] = [];
  const held: (() => void)[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(line, _, done) {
      written.push(line);
      held.push(done);
    },
  });
  const lost: number[] = [];
  const output = new LogOutput(stream, (count) => lost.push(count));
  const line = 'x'.repeat(1024 * 1024);
  for (let index = 0; index < 10; index++) output.write(line);
  const flushed = output.flush(60_000);
  while (held.length > 0) {
    held.shift()?.();
    await new Promise(process.nextTick);
  }
  await flushed;
  expect(written).toHaveLength(5);
  expect(lost).toEqual([5]);
});

test('a log whose stream fails throws nothing, and does not keep the end waiting', async () => {
  const stream = new Writable({ write: (_line, _, done) => done(new Error('no room')), autoDestroy: false });
  const output = new LogOutput(stream, () => {});
  output.write('one\n');
  output.write('two\n');
  await output.flush(60_000);
});
