import type { Socket } from 'node:net';
import { Flow } from './flow.ts';
import type { IdleWatch } from './idle-watch.ts';
import type { GateLimits } from './limits.ts';
import type { Pace } from './pace.ts';
import { Refusal } from './refusal.ts';
import type { Wish } from './request-head.ts';
import { ResponseHead } from './response-head.ts';

/** The two ends of what goes through a gate. */
export type Ends = { client: Socket; upstream: Socket; watch: IdleWatch; limits: GateLimits; pace: Pace };

/** Passes bytes both ways until both sides have ended. `early` came with the head. */
export function relayTunnel({ client, upstream, watch, limits, pace }: Ends, early: Buffer): void {
  watch.limit(limits.idleMs);
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (early.length > 0) upstream.write(early);
  const pass = (from: Socket, to: Socket) => {
    const flow = new Flow(from, to, pace);
    from.on('data', (chunk: Buffer) => {
      watch.touch();
      flow.count(chunk.length);
      flow.send(chunk);
    });
    whenEnded(from, () => {
      watch.limit(limits.halfOpenMs);
      to.end();
    });
    from.on('error', () => to.destroy());
    from.resume();
  };
  pass(client, upstream);
  pass(upstream, client);
}

/**
 * One request and its answer. What the browser sends beyond the body that it announced goes to nobody: it could be a request
 * to another host. `refuse` answers in the server's place, as long as nothing of its answer has gone out.
 */
export function relayExchange(
  { client, upstream, watch, limits, pace }: Ends,
  { head, bodyLength }: Extract<Wish, { kind: 'request' }>,
  early: Buffer,
  refuse: (refusal: Refusal) => void,
): void {
  watch.limit(limits.answerMs);
  upstream.write(head, 'latin1');

  const request = new Flow(client, upstream, pace);
  let left = bodyLength;
  const sendBody = (chunk: Buffer) => {
    watch.touch();
    left -= chunk.length;
    if (left < 0) return void client.destroy();
    request.count(chunk.length);
    request.send(chunk);
  };
  if (early.length > 0) sendBody(early);
  client.on('data', sendBody);
  // Browsers close a connection whose answer they do not want any more; they never only stop sending.
  whenEnded(client, () => client.destroy());
  client.resume();

  const answer = new ResponseHead();
  const response = new Flow(upstream, client, pace);
  let isAnswering = false;
  const takeHead = (chunk: Buffer) => {
    const found = answer.take(chunk);
    if (found === null) return;
    isAnswering = true;
    watch.limit(limits.idleMs);
    response.send(Buffer.concat([Buffer.from(found.head, 'latin1'), found.body]));
  };
  const fail = (refusal: Refusal) => {
    upstream.destroy();
    if (isAnswering) client.resetAndDestroy();
    else refuse(refusal);
  };
  upstream.on('data', (chunk: Buffer) => {
    watch.touch();
    response.count(chunk.length);
    if (isAnswering) return response.send(chunk);
    try {
      takeHead(chunk);
    } catch (error) {
      fail(error as Refusal);
    }
  });
  upstream.on('end', () => {
    if (!isAnswering) return fail(new Refusal(502, 'The server closed the connection without an answer.'));
    upstream.end();
    client.end();
  });
  // An answer that breaks off must not look like one that is complete.
  upstream.on('error', () => fail(new Refusal(502, 'The connection to the server broke.')));
}

/** Bun tells of an end at once, also while the socket is paused: then it has been told already. */
function whenEnded(socket: Socket, act: () => void): void {
  if (socket.readableEnded) act();
  else socket.on('end', act);
}
