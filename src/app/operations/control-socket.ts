import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { MIB } from '../../core/durations.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { systemSentence } from '../../core/system-errors.ts';
import { VERSION } from '../../core/version.ts';
import { StartError } from '../../db/sqlite/data-dir.ts';
import {
  atSocket,
  type ControlAnswer,
  type ControlGreeting,
  type ControlRequest,
  controlSocketPath,
  HEARTBEAT_MS,
  onLines,
} from './control-protocol.ts';

type Perform = (request: ControlRequest) => Promise<unknown>;

export type CommandListener = {
  /** Takes no more commands and waits at most `withinMs` for those in progress. */
  stop(withinMs?: number): Promise<void>;
};

const LONGEST_REQUEST = MIB;
const LAST_WORK_MS = 10_000;
const UNFINISHED =
  'The server stopped before this was finished. Check what was done before you repeat it; a notification to everyone continues at the next start.';

/**
 * Listens for the operator's commands. Access to the socket is access to everything, so its mode is 0600. Throws
 * {@link StartError}.
 */
export function listenForCommands(dataDir: string, perform: Perform, logger: Logger): CommandListener {
  const path = controlSocketPath(dataDir);
  const connections = new Set<Socket>();
  const underWay = new Map<Socket, Promise<void>>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    // The client has gone; its command is still finished.
    socket.on('error', () => socket.destroy());
    let isTaken = false;
    onLines(socket, LONGEST_REQUEST, (line) => {
      if (isTaken) return;
      isTaken = true;
      const work = attend(socket, line).finally(() => underWay.delete(socket));
      underWay.set(socket, work);
    });
    socket.write(`${JSON.stringify({ version: VERSION, pid: process.pid } satisfies ControlGreeting)}\n`);
  });

  async function attend(socket: Socket, line: string): Promise<void> {
    if (!(await written(socket, '\n'))) return;
    const beating = setInterval(() => socket.writable && socket.write('\n'), HEARTBEAT_MS);
    const answer = await answerTo(line);
    clearInterval(beating);
    if (await written(socket, `${JSON.stringify(answer)}\n`)) socket.end();
  }

  async function answerTo(line: string): Promise<ControlAnswer> {
    try {
      return { ok: true, result: await perform(JSON.parse(line) as ControlRequest) };
    } catch (error) {
      if (error instanceof AppError) return { ok: false, error: error.message, code: error.errorCode };
      logger.error('command failed', { error });
      const sentence = systemSentence(error) ?? 'Something went wrong; the server’s log says what.';
      return { ok: false, error: sentence, code: 'ERR_INTERNAL' };
    }
  }

  server.on('error', (error) => logger.error('the control socket failed', { error }));
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  try {
    atSocket(dataDir, (at) => server.listen(at));
  } finally {
    process.umask(before);
  }
  if (!existsSync(path))
    throw new StartError(
      `${path} cannot be created. Commands reach the server through it, so the file system must support sockets.`,
    );
  chmodSync(path, 0o600);

  return {
    async stop(withinMs = LAST_WORK_MS): Promise<void> {
      server.close();
      rmSync(path, { force: true });
      for (const socket of connections) if (!underWay.has(socket)) socket.destroy();
      await settledWithin(withinMs, [...underWay.values()]);
      const answer: ControlAnswer = { ok: false, error: UNFINISHED, code: 'ERR_UNAVAILABLE' };
      await settledWithin(
        FAREWELL_MS,
        [...underWay.keys()].map((socket) => written(socket, `${JSON.stringify(answer)}\n`)),
      );
      for (const socket of connections) socket.destroy();
    },
  };
}

const FAREWELL_MS = 500;

/** Writes, and tells whether the client is still there. A client that gave up must not find its command done later. */
function written(socket: Socket, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (!socket.writable) return resolve(false);
    socket.once('close', () => resolve(false));
    socket.write(text, (error) => resolve(!error));
  });
}

async function settledWithin(ms: number, work: readonly Promise<unknown>[]): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, ms);
  await Promise.race([Promise.allSettled(work), patience.promise]);
  clearTimeout(timer);
}
