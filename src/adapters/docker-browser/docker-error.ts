import { EngineError } from '../../ports/browser-engine.ts';

/** What the Docker daemon refused, or that it did not answer, in a sentence. Its own words are the cause. */
export class DockerError extends EngineError {
  /** Of the answer; undefined when none came. */
  readonly status: number | undefined;
  /** The daemon's own words, for the log. */
  readonly words: string;

  constructor(message: string, options: { status?: number | undefined; words?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.words = options.words ?? message;
  }
}

export const isMissing = (error: unknown): boolean => error instanceof DockerError && error.status === 404;
export const isConflict = (error: unknown): boolean => error instanceof DockerError && error.status === 409;
/** The container is in the state that was asked for. */
export const isDone = (error: unknown): boolean => error instanceof DockerError && error.status === 304;

/** A port of the host that another program or container holds. */
export const isPortTaken = (error: unknown): boolean =>
  error instanceof DockerError &&
  /port is already allocated|address already in use|bind for .* failed/i.test(error.words);

type Thrown = { statusCode?: number; json?: { message?: string } | null; code?: string; message?: string };

/** The daemon's refusal as a sentence for people. `doing` continues "Docker could not". */
export function asDockerError(thrown: unknown, doing: string, host: string): DockerError {
  if (thrown instanceof DockerError) return thrown;
  const { statusCode: status, json, code, message = String(thrown) } = thrown as Thrown;
  const words = json?.message ?? message;
  if (status === undefined) return new DockerError(unreachable(code, host), { words, cause: thrown });
  return new DockerError(wordsFor(words, doing), { status, words, cause: thrown });
}

function unreachable(code: string | undefined, host: string): string {
  if (code === 'ENOENT') return `No Docker daemon is at ${host}`;
  if (code === 'EACCES' || code === 'EPERM') return `The server may not use the Docker daemon at ${host}`;
  return `The Docker daemon at ${host} does not answer`;
}

/** What is worth telling of the daemon's words, which name its files. */
const KNOWN: readonly [RegExp, string][] = [
  [/no space left on device/i, 'There is no room left on the disk of the Docker host'],
  [/port is already allocated|address already in use/i, 'The port for picture and sound is taken by another program'],
  [/toomanyrequests|rate limit/i, 'The registry answers no more requests of this address for now'],
  [/unauthorized|denied|authentication required/i, 'The registry does not give this image to everybody'],
  [
    /manifest unknown|not found: manifest|no such image|manifest for .* not found|name unknown/i,
    'There is no such image',
  ],
  [/no matching manifest/i, 'There is no such image for the processor of the Docker host'],
  [
    /no such host|connection refused|i\/o timeout|TLS handshake|network is unreachable|EOF|server misbehaving/i,
    'The registry does not answer',
  ],
  [/read-only file system|rootfs is marked read-only/i, 'The disk of the Docker host is read-only'],
  [/non-overlapping IPv4 address pool/i, 'Docker has no addresses left for a further network'],
  [/cannot allocate memory|minimum memory limit/i, 'The Docker host has too little memory'],
];

/** The daemon's words, as far as they are for people. */
export function knownWords(words: string): string | undefined {
  return KNOWN.find(([pattern]) => pattern.test(words))?.[1];
}

const wordsFor = (words: string, doing: string): string => knownWords(words) ?? `Docker could not ${doing}`;
