import { createTerminal } from './cli/output.ts';
import { run } from './cli/run.ts';

// Files are readable by the account that runs Portal only.
process.umask(0o077);

const terminal = createTerminal();
const status = await run(process.argv.slice(2), undefined, terminal);
// A timer left behind by a library must not keep the process alive.
process.exit(await terminal.finish(status));
