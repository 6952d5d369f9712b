import { isPortalError, PortalError } from '../errors.ts';
import type { Signal } from '../link/signal.ts';
import { type Link, notConnected } from '../link/socket-link.ts';
import type { Timing } from '../link/timing.ts';
import type { Author } from './author.ts';
import type { RoomKeys } from './room-keys.ts';

export type SendDeps = {
  chatId: number;
  keys: RoomKeys;
  link: Link;
  signal: Signal;
  timing: Timing;
  author: Author;
  isJoined(): boolean;
  /** Why nothing can be sent any more. */
  ending(): PortalError | undefined;
  /** Rejoins, so that the server looks again for someone who can share the key. */
  rejoin(): Promise<void>;
};

/**
 * Seals a text with the current epoch's key and sends it. If the server refuses the key, the text is sealed with the next
 * one and sent again, up to `maxSendTries` times within `sendTimeoutMs`.
 * @returns the message's id
 * @throws SealError `ERR_TEXT_TOO_LONG`; PortalError the server's refusal, `ERR_NOT_CONNECTED` (no connection within
 * `ackTimeoutMs`), `ERR_TIMEOUT` and `ERR_DISCONNECTED` (it may have arrived, so it is not sent again), `ERR_SEND_ABANDONED`
 */
export async function sendMessage(deps: SendDeps, text: string): Promise<string> {
  const { keys, timing, author } = deps;
  const deadline = performance.now() + timing.sendTimeoutMs;
  let refusal: PortalError | undefined;
  const n = author.takeNumber();
  try {
    for (let attempt = 0; attempt < timing.maxSendTries; attempt += 1) {
      const chatKey = await keyToSealWith(deps, deadline, refusal);
      const { epoch, arrivals } = keys;
      const content = author.seal(text, { epoch, n, chatKey });
      try {
        const { id } = await deps.link.request('message:send', { chat_id: deps.chatId, content });
        return id;
      } catch (error) {
        if (!isPortalError(error, 'ERR_EPOCH_MISMATCH', 'ERR_NO_ROOM_KEY')) throw error;
        refusal = error;
      }
      await awaitBetterKey(deps, refusal, { epoch, arrivals }, deadline);
    }
    throw abandoned(refusal);
  } catch (error) {
    // Without an answer it may have arrived, and its number with it.
    if (!isPortalError(error, 'ERR_TIMEOUT', 'ERR_DISCONNECTED')) author.returnNumber(n);
    throw error;
  }
}

async function keyToSealWith(deps: SendDeps, deadline: number, refusal: PortalError | undefined): Promise<Uint8Array> {
  const { keys, signal, timing } = deps;
  const isOver = () => deps.ending() !== undefined;
  const untilJoinedMs = Math.min(timing.ackTimeoutMs, deadline - performance.now());
  if (!(await signal.until(() => deps.isJoined() || isOver(), untilJoinedMs))) throw notConnected();
  await signal.until(() => keys.current !== undefined || isOver(), deadline - performance.now());
  const ending = deps.ending();
  if (ending) throw ending;
  if (!keys.current) throw abandoned(refusal);
  return keys.current;
}

/** Waits for another epoch, or for another key of the epoch that was used. */
async function awaitBetterKey(
  deps: SendDeps,
  refusal: PortalError,
  used: { epoch: number; arrivals: number },
  deadline: number,
): Promise<void> {
  const { keys, signal } = deps;
  const epoch = refusal.details.epoch;
  if (refusal.code === 'ERR_EPOCH_MISMATCH' && typeof epoch === 'number') keys.raise(epoch);
  const isBetter = () => keys.epoch > used.epoch || keys.arrivals > used.arrivals;
  if (!isBetter()) await deps.rejoin().catch(unlessPassing);
  const isThere = await signal.until(() => isBetter() || deps.ending() !== undefined, deadline - performance.now());
  if (!isThere) throw abandoned(refusal);
}

/** A lost connection is waited for; any other refusal to join is final. */
function unlessPassing(error: unknown): void {
  if (!isPortalError(error, 'ERR_NOT_CONNECTED', 'ERR_DISCONNECTED', 'ERR_TIMEOUT')) throw error;
}

function abandoned(cause: PortalError | undefined): PortalError {
  const message = 'The message was not sent: no key that the server accepts arrived in time';
  return new PortalError({ code: 'ERR_SEND_ABANDONED', message, cause });
}
