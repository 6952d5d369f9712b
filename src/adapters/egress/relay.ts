import type { Socket } from 'node:net';
import type { IdleWatch } from './idle-watch.ts';
import type { GateLimits } from './limits.ts';
import { Refusal } from './refusal.ts';
import type { Wish } from './request-head.ts';
import { ResponseHead } from './response-head.ts';

/** The two ends of what goes through a gate. */
export type Ends = { client: Socket; upstream: Socket; watch: IdleWatch; limits: GateLimits };

/** Passes bytes both ways until both sides have ended. `early` came with the head. */
export function relayTunnel({ client, upstream, watch, limits }: Ends, early: Buffer): void {
  watch.limit(limits.idleMs);
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (early.length > 0) upstream.write(early);
  const touch = () => watch.touch();
  const halfOpen = () => watch.limit(limits.halfOpenMs);
  pass(client, upstream, touch, halfOpen);
  pass(upstream, client, touch, halfOpen);
}

/**
 * One request and its answer. What the browser sends beyond the body that it announced goes to nobody: it could be a request
 * to another host. `refuse` answers in the server's place, as long as nothing of its answer has gone out.
 */
export function relayExchange(
  { client, upstream, watch, limits }: Ends,
  { head, bodyLength }: Extract<Wish, { kind: 'request' }>,
  early: Buffer,
  refuse: (refusal: Refusal) => void,
): void {
  watch.limit(limits.answerMs);
  upstream.write(head, 'latin1');

  let left = bodyLength;
  const sendBody = (chunk: Buffer) => {
    watch.touch();
    left -= chunk.length;
    if (left < 0) client.destroy();
    else if (!upstream.destroyed && !upstream.write(chunk)) client.pause();
  };
  if (early.length > 0) sendBody(early);
  client.on('data', sendBody);
  upstream.on('drain', () => client.resume());
  // Browsers close a connection whose answer they do not want any more; they never only stop sending.
  whenEnded(client, () => client.destroy());
  client.resume();

  const answer = new ResponseHead();
  let isAnswering = false;
  const give = (bytes: Buffer) => {
    if (!client.write(bytes)) upstream.pause();
  };
  const takeHead = (chunk: Buffer) => {
    const found = answer.take(chunk);
    if (found === null) return;
    isAnswering = true;
    watch.limit(limits.idleMs);
    give(Buffer.from(found.head, 'latin1'));
    if (found.body.length > 0) give(found.body);
  };
  const fail = (refusal: Refusal) => {
    upstream.destroy();
    if (isAnswering) client.resetAndDestroy();
    else refuse(refusal);
  };
  upstream.on('data', (chunk: Buffer) => {
    watch.touch();
    if (isAnswering) return give(chunk);
    try {
      takeHead(chunk);
    } catch (error) {
      fail(error as Refusal);
    }
  });
  client.on('drain', () => upstream.resume());
  upstream.on('end', () => {
    if (!isAnswering) return fail(new Refusal(502, 'The server closed the connection without an answer.'));
    upstream.end();
    client.end();
  });
  // An answer that breaks off must not look like one that is complete.
  upstream.on('error', () => fail(new Refusal(502, 'The connection to the server broke.')));
}

function pass(from: Socket, to: Socket, onBytes: () => void, onEnd: () => void): void {
  from.on('data', (chunk: Buffer) => {
    onBytes();
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  whenEnded(from, () => {
    onEnd();
    to.end();
  });
  from.on('error', () => to.destroy());
  from.resume();
}

/** Bun tells of an end at once, also while the socket is paused: then it has been told already. */
function whenEnded(socket: Socket, act: () => void): void {
  if (socket.readableEnded) act();
  else socket.on('end', act);
}
