import { readdirSync, readFileSync } from 'node:fs';
import { asStarted } from '../../core/started-as.ts';

/** A process that runs; one that ended and waits for its parent is none. */
export type SystemProcess = { pid: number; group: number; command: string };

/** Of `/proc/<pid>/stat`, counted behind the name, which may contain blanks and brackets. */
const [STATE, GROUP, STARTED] = [0, 2, 19];

/** All processes of this machine; undefined where there is no `/proc`. */
export function runningProcesses(): SystemProcess[] | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return undefined;
  }
  const processes: SystemProcess[] = [];
  for (const name of names) {
    if (!/^\d/.test(name)) continue;
    const stat = statOf(name);
    if (stat && stat.fields[STATE] !== 'Z' && stat.fields[STATE] !== 'X') {
      processes.push({ pid: Number(name), group: Number(stat.fields[GROUP]), command: stat.command });
    }
  }
  return processes;
}

/** When a process started, in the machine's own ticks; undefined when there is none, or no `/proc`. */
export function startOf(pid: number): string | undefined {
  return statOf(String(pid))?.fields[STARTED];
}

/** Bytes that only this process holds, and what it shares with others of its kind; 0 when it is gone. */
export function memoryOf(pid: number): number {
  const status = textOf(`/proc/${pid}/status`) ?? '';
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return (kib('RssAnon') + kib('RssShmem')) * 1024;
}

/** Whether any process of the group still runs. */
export function isGroupRunning(group: number): boolean {
  const processes = runningProcesses();
  if (processes) return processes.some((one) => one.group === group);
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends every process of a group at once. */
export function killGroup(group: number): void {
  try {
    asStarted(() => process.kill(-group, 'SIGKILL'));
  } catch {
    // It has ended.
  }
}

function statOf(pid: string): { command: string; fields: string[] } | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const end = text.lastIndexOf(')');
  return { command: text.slice(text.indexOf('(') + 1, end), fields: text.slice(end + 2).split(' ') };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
