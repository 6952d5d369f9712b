import { expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../architecture/sources.ts';
import { testPortal } from '../support/portal.ts';
import { readTrace, requireStrace } from '../support/system-calls.ts';
import { eventually } from '../support/waiting.ts';

const strace = await requireStrace();
const LISTENING = /"message":"listening","url":"http:\/\/localhost:(\d+)"/;
const CHATS = 40;

/** A server whose system calls are written to a file. The tracer stays behind it, so that signals reach the server. */
async function tracedServer(program: string, dataDir: string, trace: string) {
  const calls = ['-e', 'trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg', '-s', '5000'];
  const server = [process.execPath, join(ROOT, 'src/main.ts'), 'serve', '--port', '0', '--data-dir', dataDir];
  const child = Bun.spawn([program, '-D', '-f', '-y', '--seccomp-bpf', ...calls, '-o', trace, ...server], {
    env: { ...process.env, PORTAL_LIMITS: 'off', PORTAL_LOG_FORMAT: 'json' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  });
  const { promise: url, resolve, reject } = Promise.withResolvers<string>();
  void (async () => {
    let said = '';
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += chunk;
      const port = LISTENING.exec(said)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    }
    reject(new Error(`The server ended: ${said}`));
  })();
  return {
    url: await url,
    async stop() {
      child.kill('SIGTERM');
      await child.exited;
      // The tracer pads short numbers of processes.
      const isOver = new RegExp(`^${child.pid} +\\+\\+\\+ exited`, 'm');
      await eventually(() => isOver.test(readFileSync(trace, 'utf8')));
    },
  };
}

test.skipIf(!strace)(
  'no answer leaves the server before a sync of the log that began after its commit',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-power-'));
    const trace = join(folder, 'trace');
    const prepared = await testPortal({ dataDir: folder, realTime: true });
    const people = await Promise.all(Array.from({ length: CHATS }, () => prepared.given.premium()));
    await prepared.close({ keep: true });

    const server = await tracedServer(strace ?? '', folder, trace);
    async function makeChat(name: string, index: number): Promise<number> {
      const answer = await fetch(`${server.url}/v1/portal/chats`, {
        method: 'POST',
        headers: { authorization: `Bearer ${people[index]?.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      });
      await answer.text();
      return answer.status;
    }
    const names = Array.from({ length: CHATS }, (_, number) => `durable-${number}.`);
    const half = CHATS / 2;
    const statuses = await Promise.all(names.slice(0, half).map(makeChat));
    for (let index = half; index < CHATS; index++) statuses.push(await makeChat(names[index] ?? '', index));
    await server.stop();

    expect(new Set(statuses)).toEqual(new Set([200]));
    const calls = readTrace(readFileSync(trace, 'utf8'));
    const syncs = calls.filter(({ name, text }) => name === 'fdatasync' && text.includes('portal.db-wal'));
    for (const name of names) {
      const written = calls.find((call) => call.name === 'pwrite64' && call.text.includes(name));
      const answered = calls.find(
        (call) => call.text.includes('HTTP/1.1 200') && call.text.includes(name) && call.name !== 'pwrite64',
      );
      const lasting = syncs.find(
        ({ began, ended }) => began > Number(written?.ended) && ended < Number(answered?.began),
      );
      expect({ name, isWritten: !!written, isAnswered: !!answered, isOnDisk: !!lasting }).toEqual({
        name,
        isWritten: true,
        isAnswered: true,
        isOnDisk: true,
      });
    }
    rmSync(folder, { recursive: true });
  },
  60_000,
);
