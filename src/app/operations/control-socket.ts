import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { sha256 } from '../../core/secrets.ts';
import { StartError } from '../../db/sqlite/data-dir.ts';

/** What a command line sends to the running server: which operation, and with what. */
export type ControlRequest = { operation: string; args: unknown };
export type ControlAnswer = { ok: true; result: unknown } | { ok: false; error: string; code: string };

/** Unix sockets cannot have long names. */
const LONGEST_PATH = 100;

/** Where the server of this data directory listens for the command line. Throws {@link StartError}. */
export function controlSocketPath(dataDir: string): string {
  const path = join(resolve(dataDir), 'control.sock');
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  const folder = join(tmpdir(), `portal-${sha256(resolve(dataDir)).slice(0, 16)}`);
  requireOwn(folder);
  return join(folder, 'control.sock');
}

/** Everybody may make folders there: one that was waiting for us would show our commands to whoever made it. */
function requireOwn(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found || (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0)) return;
  throw new StartError(`${folder} is not ours alone. Remove it, or choose a data directory with a shorter path.`);
}

/** Listens for commands of the operator. Whoever may open the socket may do everything: it is for its owner's eyes only. */
export function listenForCommands(
  dataDir: string,
  perform: (request: ControlRequest) => Promise<unknown>,
  logger: Logger,
) {
  const path = controlSocketPath(dataDir);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  try {
    const server = Bun.serve({
      unix: path,
      development: false,
      async fetch(request): Promise<Response> {
        try {
          const result = await perform((await request.json()) as ControlRequest);
          return Response.json({ ok: true, result } satisfies ControlAnswer);
        } catch (error) {
          if (error instanceof AppError) return refused(error.message, error.errorCode);
          logger.error('command failed', { error });
          return refused('Something went wrong; the server’s log says what', 'ERR_INTERNAL');
        }
      },
    });
    chmodSync(path, 0o600);
    return {
      async stop(): Promise<void> {
        await server.stop(true);
        rmSync(path, { force: true });
      },
    };
  } finally {
    process.umask(before);
  }
}

function refused(error: string, code: string): Response {
  return Response.json({ ok: false, error, code } satisfies ControlAnswer);
}

/** Sends a command to the running server; undefined when none runs. */
export async function sendCommand(dataDir: string, request: ControlRequest): Promise<ControlAnswer | undefined> {
  const unix = controlSocketPath(dataDir);
  try {
    const response = await fetch('http://portal/', {
      unix,
      method: 'POST',
      body: JSON.stringify(request),
    });
    return (await response.json()) as ControlAnswer;
  } catch {
    return undefined;
  }
}
