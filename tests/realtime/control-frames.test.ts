import { describe, expect, test } from 'bun:test';
import { openHouse } from './house.ts';
import { rawPoller, rawSocket, startTransport } from './transport-harness.ts';

/** What Bun's WebSocket can do beyond the standard. */
type Pinging = { ping(): void; pong(): void };
const BROKEN = 1006;

describe.each(['ping', 'pong'] as const)('a WebSocket that sends one %s after the other', (kind) => {
  const flood = (webSocket: WebSocket, count = 500) => {
    for (let sent = 0; sent < count; sent++) (webSocket as unknown as Pinging)[kind]();
  };

  test('is ended before it has signed in', async () => {
    await using portal = startTransport();
    const raw = await rawSocket(portal.port);

    flood(raw.webSocket);

    expect(await raw.closed).toBe(BROKEN);
    expect(portal.transport.stats().connections).toBe(0);
  });

  test('is ended while it is to take over from polling, and the polling client stays', async () => {
    await using portal = startTransport();
    const poller = await rawPoller(portal.url);
    const raw = await rawSocket(portal.port, { sid: poller.sid });

    flood(raw.webSocket);

    expect(await raw.closed).toBe(BROKEN);
    await poller.post('421["no such event",{}]');
    expect(await poller.poll()).toContain('431[');
  });

  test('is ended in the whole program too', async () => {
    await using house = await openHouse();
    const ann = await house.given.person();
    const raw = await (await rawSocket(Number(new URL(house.url).port), { token: ann.token })).connect();

    flood(raw.webSocket);

    expect(await raw.closed).toBe(BROKEN);
  });

  test('stays if it sends a few each minute', async () => {
    const clock = { ms: 0 };
    await using portal = startTransport({ elapsed: () => clock.ms });
    const raw = await (await rawSocket(portal.port)).connect();

    for (let minute = 0; minute < 3; minute++) {
      flood(raw.webSocket, 60);
      raw.send(`42${minute}["no such event",{}]`);
      await raw.frame(`43${minute}[`);
      clock.ms += 60_000;
    }
    expect(portal.transport.stats().sockets).toBe(1);
  });
});

test('what a client that was cut off for flooding goes on to send is not read', async () => {
  await using portal = startTransport({ packetsOf: ({ user }) => ({ key: user, perMinute: 100 }) });
  const raw = await (await rawSocket(portal.port)).connect();

  for (let count = 0; count < 2000; count++) raw.send('3');

  expect(await raw.closed).toBe(BROKEN);
});
