import { createTerminal } from './cli/output.ts';
import { run } from './cli/run.ts';

// What Portal writes is for its own account's eyes alone.
process.umask(0o077);

const terminal = createTerminal();
const status = await run(process.argv.slice(2), undefined, terminal);
// A timer that a library left behind must not keep the process alive.
process.exit(await terminal.finish(status));
