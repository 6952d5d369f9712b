import { run } from './cli/run.ts';

// What Portal writes is for its own account's eyes alone.
process.umask(0o077);
// `portal config | head` closes our output early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await run(process.argv.slice(2));
