import type { Socket } from 'node:net';
import type { Timers } from '../../core/clock.ts';
import type { GateLimits } from './limits.ts';
import { Refusal } from './refusal.ts';

const END = Buffer.from('\r\n\r\n');
const LINE_FEED = 10;
const RETURN = 13;

/**
 * The head of a request without its empty line, as Latin-1, and what came behind it. The socket is paused then. Null when
 * the client went away before it sent anything whole.
 *
 * @throws Refusal when it is too long, too slow, or nothing that could become one
 */
export function readHead(
  client: Socket,
  { timers, limits }: { timers: Timers; limits: GateLimits },
): Promise<{ text: string; rest: Buffer } | null> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const stop = () => {
      cancel();
      client.off('data', onData);
      client.off('end', onGone);
      client.off('close', onGone);
      client.pause();
    };
    const fail = (status: number, sentence: string) => {
      stop();
      reject(new Refusal(status, sentence));
    };
    const onGone = () => {
      stop();
      client.destroy();
      resolve(null);
    };
    const onData = (chunk: Buffer) => {
      const from = Math.max(0, bytes.length - END.length + 1);
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf(END, from);
      const head = end < 0 ? bytes : bytes.subarray(0, end);
      if (head.length > limits.headBytes)
        return fail(431, 'The request is longer than the proxy of the shared browser takes.');
      // Another program could take a lone line feed for the end of a line.
      if (!startsLikeHead(head) || hasLoneLineFeed(head, from)) return fail(400, 'This is no request over HTTP.');
      if (end < 0) return;
      stop();
      resolve({ text: head.toString('latin1'), rest: Buffer.from(bytes.subarray(end + END.length)) });
    };
    const cancel = timers.after(limits.headMs, () => {
      // A connection that was opened in advance: nobody waits for an answer on it.
      if (bytes.length === 0) onGone();
      else fail(408, 'The request came too slowly.');
    });
    client.on('data', onData);
    client.on('end', onGone);
    client.on('close', onGone);
  });
}

/** A method begins with a letter or another visible sign; TLS, for one, does not. */
const startsLikeHead = (head: Buffer) => head.length === 0 || ((head[0] ?? 0) > 32 && (head[0] ?? 0) < 127);

function hasLoneLineFeed(head: Buffer, from: number): boolean {
  for (let at = head.indexOf(LINE_FEED, from); at >= 0; at = head.indexOf(LINE_FEED, at + 1)) {
    if (head[at - 1] !== RETURN) return true;
  }
  return false;
}
