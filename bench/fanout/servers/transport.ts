import type { WebSocketData } from '@socket.io/bun-engine';
import { KIB, MIB, SECOND_MS } from '../../../src/core/durations.ts';
import { unauthenticated } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { SocketTransport } from '../../../src/realtime/socket-transport.ts';
import { EVENT, newsOf, TOKEN } from '../protocol.ts';
import { control } from './control.ts';

/** Our socket transport, with Portal's limits. */
const transport = new SocketTransport({
  authenticate: async ({ tokens: [token] }) => {
    if (token !== TOKEN) throw unauthenticated();
    return token;
  },
  roomsOf: () => ['room'],
  onConnect: () => {},
  onDisconnect: () => {},
  logger: silentLogger,
  maxPayloadBytes: 64 * KIB,
  maxBufferedBytes: 4 * MIB,
  pingIntervalMs: 15 * SECOND_MS,
  pingTimeoutMs: 10 * SECOND_MS,
});

const server = Bun.serve<WebSocketData>({
  hostname: '127.0.0.1',
  port: 0,
  websocket: transport.websocket,
  fetch: (request, bun) =>
    control(request, (seq, fill) => transport.rooms.publish('room', transport.encode(EVENT, newsOf(seq, fill)))) ??
    transport.handleRequest(request, bun, '127.0.0.1'),
});
transport.attach(server);
console.log(`ready ${server.port}`);
