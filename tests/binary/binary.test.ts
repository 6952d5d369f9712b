import { afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { DOCUMENT_FILES, DOCUMENTS } from '../../src/web/documents.ts';
import { eventually } from '../support/waiting.ts';
import { buildInto, builtBinary, root } from './built-binary.ts';

const BUILD_MS = 120_000;
const BOOT_MS = 30_000;

let binary = '';
const cleanups: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  binary = await builtBinary();
}, BUILD_MS);

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'portal-binary-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Nothing of this process's environment goes along: no PATH, no HOME of a developer's, no CI. */
function start(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const child = Bun.spawn([binary, ...args], { cwd, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const output = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await child.exited;
  });
  return { child, output };
}

async function run(args: readonly string[], cwd = emptyDirectory(), env: Record<string, string> = {}) {
  const { child, output } = start(args, cwd, env);
  const [stdout, stderr] = await output;
  return { status: await child.exited, stdout, stderr };
}

async function freePort(): Promise<number> {
  const probe = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  const { port } = probe;
  await probe.stop(true);
  if (port === undefined) throw new Error('no free port');
  return port;
}

/** Waits for /health; fails with what the server printed when it ends before. */
async function serve(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const port = await freePort();
  const server = start(['serve', ...args], cwd, { PORTAL_PORT: String(port), ...env });
  const isHealthy = async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.status === 200;
  const isUpOrEnded = async () => server.child.exitCode !== null || (await isHealthy());
  await eventually(isUpOrEnded, { withinMs: BOOT_MS - 5000 }).catch(() => undefined);
  if (await isHealthy()) return { ...server, port };
  server.child.kill('SIGKILL');
  throw new Error(`The server did not become healthy:\n${(await server.output).join('')}`);
}

async function stop(server: { child: Bun.Subprocess }, signal: NodeJS.Signals): Promise<number> {
  server.child.kill(signal);
  return server.child.exited;
}

describe('the command line of the binary', () => {
  test('tells its version', async () => {
    const { status, stdout } = await run(['version']);
    expect(stdout).toContain(manifest.version);
    expect(status).toBe(0);
  });

  test('tells the commands, with and without a command', async () => {
    const general = await run(['--help']);
    expect(general.stdout).toContain('serve');
    expect(general.stdout).toContain('backup');
    expect(general.status).toBe(0);
    const ofServe = await run(['serve', '--help']);
    expect(ofServe.stdout).toContain('--port');
    expect(ofServe.stdout).toContain('--data-dir');
    expect(ofServe.status).toBe(0);
  });

  test.each([
    { wrong: 'a command that there is not', args: ['no-such-command'] },
    { wrong: 'a flag that there is not', args: ['serve', '--no-such-flag'] },
    { wrong: 'a missing argument', args: ['login-code'] },
  ])('ends with status 2 and a sentence on stderr for $wrong', async ({ args }) => {
    const directory = emptyDirectory();
    const { status, stdout, stderr } = await run(args, directory);
    expect(stderr.trim()).not.toBe('');
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('speaks to Docker, without a file of the library beside it', async () => {
    // A socket at which nobody listens: the library is loaded, and finds nobody.
    const directory = emptyDirectory();
    const env = { PORTAL_BROWSER_ENGINE: 'docker', PORTAL_BROWSER_DOCKER: 'tcp://127.0.0.1:9' };
    const { stdout } = await run(['doctor'], directory, { PORTAL_DATA_DIR: directory, ...env });
    expect(stdout).toContain('The Docker daemon at tcp://127.0.0.1:9 does not answer');
  });

  test('ends with status 1 when it is asked for the health of a server that does not run', async () => {
    const { status, stderr } = await run(['healthcheck'], emptyDirectory(), { PORTAL_PORT: String(await freePort()) });
    expect(stderr.trim()).not.toBe('');
    expect(status).toBe(1);
  });
});

describe('the server in the binary', () => {
  test(
    'starts in an empty directory with an empty environment, ends with status 0, and starts again on its data',
    async () => {
      const directory = emptyDirectory();
      const first = await serve([], directory);
      expect(existsSync(join(directory, 'data'))).toBe(true);
      const health = await run(['healthcheck'], directory, { PORTAL_PORT: String(first.port) });
      expect(health.stderr).toBe('');
      expect(health.status).toBe(0);
      expect(await stop(first, 'SIGTERM')).toBe(0);
      const second = await serve([], directory);
      expect(await stop(second, 'SIGINT')).toBe(0);
    },
    2 * BOOT_MS,
  );

  test(
    'has its pages and its documents with it',
    async () => {
      const server = await serve([], emptyDirectory());
      const paths = ['/docs', ...Object.keys({ ...DOCUMENTS, ...DOCUMENT_FILES }).map((name) => `/docs/${name}`)];
      const missing: string[] = [];
      for (const path of paths)
        if ((await fetch(`http://127.0.0.1:${server.port}${path}`)).status !== 200) missing.push(path);
      expect(missing).toEqual([]);
      expect(await stop(server, 'SIGTERM')).toBe(0);
    },
    BOOT_MS,
  );

  test(
    'obeys its flags before its environment',
    async () => {
      const directory = emptyDirectory();
      const server = await serve(['--data-dir', 'chosen'], directory, { PORTAL_DATA_DIR: 'overruled' });
      expect(await stop(server, 'SIGTERM')).toBe(0);
      expect(readdirSync(directory)).toEqual(['chosen']);
    },
    BOOT_MS,
  );

  test(
    'does not run what lies in the directory where it is started',
    async () => {
      const directory = emptyDirectory();
      await Bun.write(join(directory, 'bunfig.toml'), 'preload = ["./preload.ts"]\n');
      await Bun.write(join(directory, 'preload.ts'), `require('node:fs').writeFileSync('preloaded', '');\n`);
      // The one in this directory is not beside the data, so Portal does not read it; Bun would.
      await Bun.write(join(directory, '.env'), 'PORTAL_NO_SUCH_SETTING=1\n');
      const elsewhere = join(emptyDirectory(), 'data');

      const server = await serve(['--data-dir', elsewhere], directory);
      expect(await stop(server, 'SIGTERM')).toBe(0);
      expect((await run(['version'], directory)).status).toBe(0);
      expect(existsSync(join(directory, 'preloaded'))).toBe(false);

      // The trap is one: Bun itself falls into it.
      await Bun.spawn([process.execPath, '-e', '0'], { cwd: directory, stdout: 'ignore', stderr: 'ignore' }).exited;
      expect(existsSync(join(directory, 'preloaded'))).toBe(true);
    },
    BOOT_MS,
  );
});

describe('the file', () => {
  test('names no folder of the machine that built it', () => {
    const content = readFileSync(binary);
    for (const folder of ['src', 'node_modules', 'drizzle', 'dist']) {
      expect(content.includes(`${root}/${folder}/`)).toBe(false);
    }
  });

  test(
    'is the same, byte for byte, when it is built again',
    async () => {
      const again = await buildInto(emptyDirectory());
      expect(readFileSync(again).equals(readFileSync(binary))).toBe(true);
    },
    BUILD_MS,
  );
});
