import type { Readable, Writable } from 'node:stream';
import type { Cancel, Timers } from '../../core/clock.ts';
import { MIB } from '../../core/durations.ts';

export type Params = Record<string, unknown>;
/** What Chromium answered. Its shape is the protocol's; every reader takes out what it needs. */
// biome-ignore lint/suspicious/noExplicitAny: the protocol has hundreds of shapes, and Chromium checks them on its side.
export type Result = any;
export type DevToolsEvent = { method: string; params: Result; sessionId: string | undefined };

/** Chromium refused a command, did not answer in time, or has gone. */
export class DevToolsError extends Error {}
/** The answer did not come in time. */
export class DevToolsSilence extends DevToolsError {}

type Waiting = { method: string; settle(error: DevToolsError | undefined, result?: Result): void };
type Ends = { reader: Readable; writer: Writable; timers: Timers };

const NUL = 0;
const ANSWER_MS = 5000;
/** A picture has a few MiB at most. What is longer comes from a page that fills our memory. */
const LONGEST_MESSAGE = 64 * MIB;

/**
 * Speaks the DevTools protocol over Chromium's two pipes: JSON texts, each followed by a NUL. A library for this much brings a
 * WebSocket and a TCP port with it, or does not run from a compiled binary.
 */
export class DevToolsPipe {
  readonly #writer: Writable;
  readonly #timers: Timers;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: DevToolsEvent) => void>();
  #parts: Buffer[] = [];
  #waitingBytes = 0;
  #lastId = 0;
  #isClosed = false;
  /** Chromium closed the pipe, which it does when it ends. */
  onClose: () => void = () => {};

  constructor({ reader, writer, timers }: Ends) {
    this.#writer = writer;
    this.#timers = timers;
    reader.on('data', (chunk: Buffer) => this.#take(chunk));
    for (const end of [reader, writer]) {
      end.on('error', () => this.close());
      end.on('close', () => this.close());
    }
  }

  /** @throws DevToolsError when Chromium refuses, goes, or does not answer in time */
  send(method: string, params: Params = {}, { sessionId, withinMs = ANSWER_MS }: SendOptions = {}): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    if (this.#isClosed) {
      reject(new DevToolsError(`${method}: the browser has ended`));
      return promise;
    }
    const id = ++this.#lastId;
    let cancel: Cancel = () => {};
    const settle = (error: DevToolsError | undefined, result?: Result) => {
      this.#waiting.delete(id);
      cancel();
      if (error) reject(error);
      else resolve(result);
    };
    cancel = this.#timers.after(withinMs, () => settle(new DevToolsSilence(`${method}: no answer`)));
    this.#waiting.set(id, { method, settle });
    this.#writer.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return promise;
  }

  /** Hears every event of Chromium, in order, until the returned function is called. */
  listen(listener: (event: DevToolsEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits, with the clock of the pipe. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#timers.after(ms, resolve));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writer.destroy();
    for (const { method, settle } of [...this.#waiting.values()]) {
      settle(new DevToolsError(`${method}: the browser has ended`));
    }
    this.onClose();
  }

  /** A picture comes in several chunks: they are put together once. */
  #take(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(NUL); end >= 0; end = rest.indexOf(NUL)) {
      this.#parts.push(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      const text = Buffer.concat(this.#parts).toString();
      this.#parts = [];
      this.#waitingBytes = 0;
      this.#receive(text);
    }
    if (rest.length === 0) return;
    this.#parts.push(Buffer.from(rest));
    this.#waitingBytes += rest.length;
    if (this.#waitingBytes > LONGEST_MESSAGE) this.close();
  }

  #receive(text: string): void {
    const message = parsed(text);
    if (message === undefined) return void this.close();
    if (message.id === undefined) {
      const { method, params, sessionId } = message;
      if (!this.#isClosed) for (const listener of this.#listeners) listener({ method, params, sessionId });
      return;
    }
    const waiting = this.#waiting.get(message.id);
    if (message.error) waiting?.settle(new DevToolsError(`${waiting.method}: ${message.error.message}`));
    else waiting?.settle(undefined, message.result);
  }
}

/** Undefined for what is no message. A Chromium that writes such things is broken, and takes only itself along. */
function parsed(text: string): Result {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

type SendOptions = {
  /** Without one the command is for the browser as a whole. */
  sessionId?: string | undefined;
  withinMs?: number;
};
