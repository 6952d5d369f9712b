import { join } from 'node:path';

export const program = join(import.meta.dir, '../../src/client/talk.ts');

/** The program `talk` in a terminal of its own. What it prints grows in `said`. */
export function terminal(...args: string[]) {
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
