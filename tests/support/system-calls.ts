import { findProgram, prerequisite } from './prerequisites.ts';

/** One call of the system: the lines of the trace in which it began and ended. */
export type SystemCall = { name: string; text: string; began: number; ended: number };

/** The path of strace, installed if this machine lets us; undefined: skip the test (see `prerequisite`). */
export function requireStrace(): Promise<string | undefined> {
  return prerequisite({ name: 'strace', find: () => findProgram('STRACE', ['strace']), aptPackages: ['strace'] });
}

/** Reads the output of `strace -f`, in which calls of several threads are interleaved. */
export function readTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, SystemCall>();
  for (const [number, line] of trace.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
    const begun = resumed ? undefined : /^(\w+)\((.*)$/.exec(rest);
    const known = unfinished.get(thread);
    if (resumed && known) {
      known.ended = number;
      known.text += resumed[2] ?? '';
      unfinished.delete(thread);
    }
    if (!begun) continue;
    const isUnfinished = rest.endsWith('<unfinished ...>');
    const call = {
      name: begun[1] ?? '',
      text: begun[2] ?? '',
      began: number,
      ended: isUnfinished ? Number.POSITIVE_INFINITY : number,
    };
    calls.push(call);
    if (isUnfinished) unfinished.set(thread, call);
  }
  return calls;
}
