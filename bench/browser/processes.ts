import { readdirSync, readFileSync } from 'node:fs';
import { usageOf } from '../support/server-process.ts';

/** All that this process started, and what that started. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      parents.set(Number(name), Number(fields[1]));
    } catch {
      // It has ended.
    }
  }
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found.slice(1);
}

/** The share of a core that the server and its browsers take meanwhile. */
export async function sharesOf(pid: number, overMs: number): Promise<{ server: number; browsers: number }> {
  const all = [pid, ...descendantsOf(pid)];
  const before = all.map((one) => usageOf(one).cpuMs);
  const began = performance.now();
  await Bun.sleep(overMs);
  const passed = performance.now() - began;
  const shares = all.map((one, index) => {
    const used = (usageOf(one).cpuMs - (before[index] ?? 0)) / passed;
    return Number.isNaN(used) ? 0 : used;
  });
  return { server: shares[0] ?? 0, browsers: shares.slice(1).reduce((sum, share) => sum + share, 0) };
}
