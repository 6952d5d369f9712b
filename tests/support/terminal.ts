import { join } from 'node:path';
import { Screen } from './screen.ts';
import { eventually } from './waiting.ts';

const program = join(import.meta.dir, '../../src/client/talk.ts');

/** Times are printed in the zone of the reader. */
const env = { ...process.env, TZ: 'UTC', TERM: 'xterm' };

/** The program `talk` behind pipes. What it prints grows in `said`. */
export function terminal(...args: string[]) {
  const child = Bun.spawn([process.execPath, program, ...args], { env, stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' });
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let said = '';
  return {
    pid: child.pid,
    /** Waits until it has printed this; gives back all that it has printed. */
    async prints(expected: RegExp | ((said: string) => boolean)): Promise<string> {
      while (!(expected instanceof RegExp ? expected.test(said) : expected(said))) {
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
    kill: (signal: 'SIGTERM' | 'SIGKILL') => child.kill(signal),
    /** Its exit status and its last words, after the end of input. */
    async end(): Promise<{ status: number; said: string; complained: string }> {
      child.stdin.end();
      for (let next = await reader.read(); !next.done; next = await reader.read()) said += decoder.decode(next.value);
      return { status: await child.exited, said, complained: await new Response(child.stderr).text() };
    },
  };
}

const COLUMNS = 40;

/** The program `talk` on a screen, which shows what is typed and is drawn by the program. */
export function screenTerminal(...args: string[]) {
  const screen = new Screen(COLUMNS);
  const child = Bun.spawn([process.execPath, program, ...args], {
    env,
    terminal: { cols: COLUMNS, rows: 24, data: (_: unknown, bytes: Uint8Array) => screen.write(bytes) },
  });
  return {
    screen,
    /** Waits until this stands on the screen, rows joined as they were before they broke. */
    async shows(expected: RegExp): Promise<void> {
      await eventually(() => expected.test(screen.rows.join('\n')), { found: () => screen.rows });
    },
    type: (text: string) => void child.terminal?.write(text),
    ended: () => child.exited,
    /** Ctrl+D; its exit status. */
    end(): Promise<number> {
      child.terminal?.write('\u0004');
      return child.exited;
    },
  };
}
