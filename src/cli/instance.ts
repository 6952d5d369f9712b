import { ControlError, sendCommand } from '../app/operations/control-client.ts';
import type { ControlRequest } from '../app/operations/control-protocol.ts';
import { type DataDir, takeDataDir } from '../db/sqlite/data-dir.ts';
import { CommandError } from './command-error.ts';

const WAIT_MS = 5000;

type Ways<T> = {
  /** With what the running server answered. */
  answered(result: unknown): Promise<T> | T;
  /** Without a server: with the data directory held. */
  alone(dir: DataDir): Promise<T>;
};

/**
 * Sends a command to the server of this data directory or, where none runs, holds the directory and does it here. Never both:
 * a command that a server has taken is not done again, whatever became of its answer.
 */
export async function throughServerOrAlone<T>(
  dataDir: string,
  request: ControlRequest,
  { answered, alone }: Ways<T>,
): Promise<T> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const answer = await sendCommand(dataDir, request);
    if (answer?.ok) return answered(answer.result);
    if (answer) throw new CommandError(answer.error);
    using dir = takeDataDir(dataDir);
    if (dir) return await alone(dir);
    // A server that starts or stops, or another command.
    if (Date.now() > deadline)
      throw new ControlError(
        'The data directory is in use by a process that takes no commands: a server that starts or stops, or another command. Nothing was done; try again.',
      );
    await Bun.sleep(50);
  }
}
