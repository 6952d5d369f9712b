// Changes the rules one small thing at a time and runs the tests near them: a change that no test notices is a rule that
// no test holds. `npm run mutants -- --only policy --sample 40 --seed 7`; see CONTRIBUTING.md.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { $, Glob } from 'bun';
import { type Mutant, mutantsOf } from './mutants.ts';
import { EQUIVALENT, SUBJECTS } from './subjects.ts';

const ROOT = join(import.meta.dir, '../..');
/** How much longer than without a mutant the tests may take: one that never ends is noticed as well. */
const PATIENCE = 4;

type Task = Mutant & { file: string; tests: string[] };
const patienceMs = new Map<string, number>();

type Outcome = 'killed' | 'survived' | 'equivalent';

const { values: options } = parseArgs({
  options: {
    /** Only files whose path contains this. */
    only: { type: 'string', default: '' },
    /** How many of the mutants, chosen by the seed; 0: all. */
    sample: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    /** How many run at the same time. */
    jobs: { type: 'string', default: '1' },
    /** Prints the mutants and runs nothing. */
    list: { type: 'boolean', default: false },
  },
});

const scan = (pattern: string) => [...new Glob(pattern).scanSync(ROOT)].toSorted((a, b) => (a < b ? -1 : 1));

/** Every mutant of every subject; a file belongs to the first subject that names it. */
async function allTasks(): Promise<Task[]> {
  const tasks: Task[] = [];
  const seen = new Set<string>();
  for (const { sources, tests } of SUBJECTS) {
    const near = [...new Set(tests.flatMap(scan))];
    for (const file of scan(sources)) {
      if (seen.has(file) || !file.includes(options.only)) continue;
      seen.add(file);
      const source = await Bun.file(join(ROOT, file)).text();
      for (const mutant of mutantsOf(source)) tasks.push({ ...mutant, file, tests: near });
    }
  }
  return tasks;
}

/** As many as asked for, the same for the same seed, in their order. */
function sampled(tasks: Task[]): Task[] {
  const count = Number(options.sample);
  if (count === 0 || count >= tasks.length) return tasks;
  const rank = ({ file, line, is }: Task) => Bun.hash(`${options.seed} ${file} ${line} ${is}`);
  const chosen = new Set(tasks.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, count));
  return tasks.filter((task) => chosen.has(task));
}

/** A copy of what git knows and of what is new beside it, so that the tree itself is never touched. */
async function copyTree(): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), 'portal-mutants-'));
  const files = await $`git ls-files --cached --others --exclude-standard`.cwd(ROOT).text();
  for (const file of files.split('\n').filter(Boolean)) {
    if (!(await Bun.file(join(ROOT, file)).exists())) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Pure tests are quick, and go first: most mutants get no further. */
function stagesOf(tests: readonly string[]): string[][] {
  const isPure = (path: string) => path.startsWith('tests/unit/');
  return [tests.filter(isPure), tests.filter((path) => !isPure(path))].filter((stage) => stage.length > 0);
}

/** The tests of these that fail first in this tree; none: they pass. What takes too long has not passed. */
async function failing(copy: string, tests: readonly string[], timeout?: number): Promise<string[]> {
  const child = Bun.spawn([process.execPath, 'test', '--bail', '--timeout', '15000', ...tests], {
    cwd: copy,
    env: process.env,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    ...(timeout ? { timeout, killSignal: 'SIGKILL' as const } : {}),
  });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) === 0) return [];
  const failed = said.split('\n').filter((line) => line.startsWith('(fail)'));
  return failed.length > 0 ? [...new Set(failed)] : ['they did not come to their end'];
}

function whyEquivalent({ file, was, is }: Task): string | undefined {
  return EQUIVALENT.find((one) => one.file.test(file) && one.was === was && one.is === is)?.why;
}

async function judge(copy: string, task: Task): Promise<Outcome> {
  const path = join(copy, task.file);
  const original = await Bun.file(path).text();
  writeFileSync(path, task.text);
  let isKilled = false;
  for (const stage of stagesOf(task.tests))
    isKilled ||= (await failing(copy, stage, patienceMs.get(stage.join(' ')))).length > 0;
  writeFileSync(path, original);
  if (isKilled) return 'killed';
  return whyEquivalent(task) ? 'equivalent' : 'survived';
}

function report(outcomes: ReadonlyMap<Task, Outcome>): void {
  const counts = (some: [Task, Outcome][]) => {
    const of = (outcome: Outcome) => some.filter(([, one]) => one === outcome).length;
    const [killed, survived, equivalent] = [of('killed'), of('survived'), of('equivalent')];
    const percent = killed + survived === 0 ? 100 : (100 * killed) / (killed + survived);
    return `${killed} killed, ${survived} survived, ${equivalent} equivalent: ${percent.toFixed(1)} %`;
  };
  console.log('');
  for (const [file, some] of Map.groupBy(outcomes, ([task]) => task.file)) console.log(`${file}: ${counts(some)}`);
  console.log(`all: ${counts([...outcomes])}`);
}

const tasks = sampled(await allTasks());
if (options.list) {
  for (const { file, line, was, is } of tasks) console.log(`${file}:${line}\n  - ${was}\n  + ${is}`);
  console.log(`${tasks.length} mutants`);
  process.exit(0);
}

const outcomes = new Map<Task, Outcome>();
const queue = [...tasks];

/** Tests that fail by themselves would kill every mutant. Notes how long they take. */
async function requireGreen(copy: string): Promise<void> {
  for (const tests of new Set(tasks.flatMap((task) => stagesOf(task.tests).map((stage) => stage.join(' '))))) {
    const began = Bun.nanoseconds();
    const failed = await failing(copy, tests.split(' '));
    patienceMs.set(tests, Math.ceil((PATIENCE * (Bun.nanoseconds() - began)) / 1e6));
    if (failed.length === 0) continue;
    throw new Error(`Tests fail without any mutant, of ${tests}: ${failed.join('; ')}`);
  }
}

async function work(copy: string): Promise<void> {
  for (let task = queue.shift(); task; task = queue.shift()) {
    const outcome = await judge(copy, task);
    outcomes.set(task, outcome);
    const { file, line, was, is } = task;
    const progress = `${outcomes.size}/${tasks.length}`;
    if (outcome === 'survived') console.log(`${progress} SURVIVED ${file}:${line}\n  - ${was}\n  + ${is}`);
    else if (outcomes.size % 10 === 0) console.log(progress);
  }
}

const first = await copyTree();
const copies = [first, ...(await Promise.all(Array.from({ length: Number(options.jobs) - 1 }, copyTree)))];
try {
  await requireGreen(first);
  await Promise.all(copies.map(work));
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}
report(outcomes);
process.exit([...outcomes.values()].includes('survived') ? 1 : 0);
