import { run } from '../../src/cli/run.ts';

/** The command line over a data directory, as an operator uses it. */
export function keyboard(dataDir: string) {
  return async (...args: string[]) => {
    const said = { out: '', err: '' };
    const output = {
      out: (text: string) => {
        said.out += `${text}\n`;
      },
      err: (text: string) => {
        said.err += `${text}\n`;
      },
    };
    const status = await run([...args, '--data-dir', dataDir], {}, output);
    return { status, ...said };
  };
}
