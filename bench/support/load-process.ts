import { atExit } from './at-exit.ts';
import { idleMachine } from './idle-machine.ts';

const AT_MOST_MS = 900_000;
let hasComplained = false;

/** Runs a load process once the machine is idle: `order` goes in on stdin as JSON, its result comes out on stdout. */
export async function runLoad<Result>(script: string, order: object): Promise<Result> {
  await waitForIdleMachine();
  return runLoadNow(script, order);
}

/** Says once that the machine did not become idle. */
export async function waitForIdleMachine(): Promise<void> {
  if ((await idleMachine()) || hasComplained) return;
  hasComplained = true;
  console.warn('Something else uses this machine: the numbers will be off.');
}

/** As {@link runLoad}, at once: for one that runs beside another. */
export async function runLoadNow<Result>(script: string, order: object): Promise<Result> {
  const load = Bun.spawn([process.execPath, script], {
    stdin: new Blob([JSON.stringify(order)]),
    stdout: 'pipe',
    stderr: 'inherit',
    timeout: AT_MOST_MS,
  });
  const kill = atExit(() => load.kill('SIGKILL'));
  const text = await new Response(load.stdout).text();
  const status = await load.exited;
  kill();
  if (status !== 0) throw new Error(`the load process failed: ${script}`);
  return JSON.parse(text) as Result;
}
