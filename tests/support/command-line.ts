import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/cli/run.ts';

export type Said = { status: number; out: string; err: string };

/** A test that needs the machine's own engine asks for it. */
const NO_ENGINE = { PORTAL_BROWSER_ENGINE: 'none' };

/** The command line in this process, with its own data directory. Close it, or use `await using`. */
export function commandLine(env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'portal-cli-'));
  const dataDir = join(folder, 'data');
  const environment = { PORTAL_DATA_DIR: dataDir, PORTAL_PORT: '0', ...NO_ENGINE, ...env };

  async function portal(...args: string[]): Promise<Said> {
    const out: string[] = [];
    const err: string[] = [];
    const output = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) };
    const status = await run(args, environment, output);
    return { status, out: out.join('\n'), err: err.join('\n') };
  }

  return {
    folder,
    dataDir,
    /** Runs a command and returns its output. */
    portal,
    /** Runs a command that must succeed and returns its JSON output. */
    // biome-ignore lint/suspicious/noExplicitAny: a test compares the output raw
    async json(...args: string[]): Promise<any> {
      const { status, out, err } = await portal(...args, '--json');
      if (status !== 0) throw new Error(`portal ${args.join(' ')}: ${err}`);
      return JSON.parse(out);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
