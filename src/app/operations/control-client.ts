import { connect, type Socket } from 'node:net';
import { SECOND_MS } from '../../core/durations.ts';
import { atSocket, type ControlAnswer, type ControlRequest, controlSocketPath, onLines } from './control-protocol.ts';

/** The server cannot take the command, or its outcome is unknown. The message is a sentence for the operator. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}

type Patience = {
  /** How long to wait for the greeting, a sign that the server is awake. */
  greetingMs: number;
  /** How long to wait between two signs that it is working on the command. */
  silenceMs: number;
};

const PATIENCE: Patience = { greetingMs: 5 * SECOND_MS, silenceMs: 15 * SECOND_MS };
/** No server is listening, so none can have taken the command. */
const NOBODY = ['ENOENT', 'ECONNREFUSED', 'ENOTDIR'];

const ASLEEP =
  'The server of this data directory does not answer: it is suspended (SIGSTOP) or blocked. Nothing was done.';
const LOST =
  'The server took the command and ended before it answered: it may have been done, or not. Check before you repeat it.';
const SILENT =
  'The server took the command and has fallen silent: it may have been done, or may still be. Check before you repeat it.';

/**
 * Sends a command to the running server. Returns undefined if there is none, or if it ended before it took the command: nothing
 * was done then. Throws {@link ControlError} if no answer arrives.
 */
export async function sendCommand(
  dataDir: string,
  request: ControlRequest,
  patience: Patience = PATIENCE,
): Promise<ControlAnswer | undefined> {
  const socket = openSocket(dataDir);
  return socket && converse(socket, dataDir, request, patience);
}

function converse(
  socket: Socket,
  dataDir: string,
  request: ControlRequest,
  { greetingMs, silenceMs }: Patience,
): Promise<ControlAnswer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<ControlAnswer | undefined>();
  let state: 'knocking' | 'greeted' | 'taken' = 'knocking';
  let timer = setTimeout(giveUp, greetingMs);

  function wait(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(giveUp, ms);
  }

  function giveUp(): void {
    reject(new ControlError(state === 'taken' ? SILENT : ASLEEP));
    socket.destroy();
  }

  socket.on('error', (error: NodeJS.ErrnoException) => {
    const code = error.code ?? '';
    if (state === 'taken') reject(new ControlError(LOST));
    else if (NOBODY.includes(code) || state === 'greeted') resolve(undefined);
    else reject(new ControlError(sentenceOf(error, controlSocketPath(dataDir))));
  });
  socket.on('close', () => {
    clearTimeout(timer);
    if (state === 'taken') reject(new ControlError(LOST));
    else resolve(undefined);
  });
  onLines(socket, Number.POSITIVE_INFINITY, (line) => {
    if (state === 'knocking') {
      state = 'greeted';
      wait(greetingMs);
      socket.write(`${JSON.stringify(request)}\n`);
      return;
    }
    state = 'taken';
    wait(silenceMs);
    if (line === '') return;
    const answer = answerOf(line);
    if (answer) resolve(answer);
    else reject(new ControlError(LOST));
    socket.destroy();
  });
  return promise;
}

/** Undefined if the data directory does not exist. */
function openSocket(dataDir: string): Socket | undefined {
  try {
    return atSocket(dataDir, (path) => connect(path));
  } catch (error) {
    if (NOBODY.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new ControlError(sentenceOf(error as NodeJS.ErrnoException, controlSocketPath(dataDir)));
  }
}

/** Undefined if it is incomplete. */
function answerOf(line: string): ControlAnswer | undefined {
  try {
    return JSON.parse(line) as ControlAnswer;
  } catch {
    return undefined;
  }
}

function sentenceOf({ code, message }: NodeJS.ErrnoException, path: string): string {
  if (code === 'EACCES' || code === 'EPERM')
    return `${path} belongs to another account. Run commands as the account that runs the server, or as root.`;
  if (code === 'EAGAIN') return ASLEEP;
  return `The server cannot be reached through ${path}: ${message}.`;
}
