import { ControlError, sendCommand } from '../app/operations/control-client.ts';
import type { ControlRequest } from '../app/operations/control-protocol.ts';
import { type DataDir, takeDataDir } from '../db/sqlite/data-dir.ts';
import { CommandError } from './command-error.ts';

const WAIT_MS = 5000;

type Ways<T> = {
  /** Called with the server's result. */
  answered(result: unknown): Promise<T> | T;
  /** Called without a server, with the data directory locked. */
  alone(dir: DataDir): Promise<T>;
};

/**
 * Sends a command to the server of this data directory or, without one, locks the directory and performs it here. Never both: a
 * command that a server has taken is not repeated, even if its answer is lost.
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
    // A server is starting or stopping, or another command is running.
    if (Date.now() > deadline)
      throw new ControlError(
        'The data directory is in use: a server is starting or stopping, or another command is running. Nothing was done; try again.',
      );
    await Bun.sleep(50);
  }
}
