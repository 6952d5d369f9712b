import type { WebSocketData } from '@socket.io/bun-engine';
import { SocketTransport } from '../../realtime/socket-transport.ts';
import type { FrontEntry } from './front.ts';

/** Socket.IO, over polling and WebSocket. */
export function socketEntry(
  transport: Pick<SocketTransport<unknown>, 'websocket' | 'handleRequest'>,
): FrontEntry<WebSocketData> {
  const { open, message, close, ping, idleTimeout, maxPayloadLength, backpressureLimit } = transport.websocket;
  return {
    kind: 'socket.io',
    serves: SocketTransport.serves,
    handle: ({ request, server, ip }) => transport.handleRequest(request, server, ip),
    websocket: {
      open,
      message,
      close,
      control: ping,
      limits: { idleSeconds: idleTimeout, maxPayloadBytes: maxPayloadLength, maxBufferedBytes: backpressureLimit },
    },
  };
}
