import { EVENT, newsOf } from '../protocol.ts';
import { control } from './control.ts';

/** The yardstick: Bun's publish, with just enough Socket.IO for the clients. */
const OPEN = '0{"sid":"bench","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

const broadcast = (news: object) => void server.publish('room', `42${JSON.stringify([EVENT, news])}`);

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, bun) {
    const answer = control(request, (seq, fill) => broadcast(newsOf(seq, fill)));
    if (answer !== undefined) return answer;
    return bun.upgrade(request) ? undefined : new Response(null, { status: 400 });
  },
  websocket: {
    open: (ws) => void ws.send(OPEN),
    message(ws, message) {
      const packet = String(message);
      if (packet.startsWith('40')) {
        ws.subscribe('room');
        ws.send('40{"sid":"bench"}');
      } else if (packet.startsWith('42')) {
        // 421["message:send",{…}]
        const bracket = packet.indexOf('[');
        broadcast(JSON.parse(packet.slice(bracket))[1]);
        ws.send(`43${packet.slice(2, bracket)}[{"ok":true}]`);
      }
    },
    idleTimeout: 120,
    backpressureLimit: 4 * 2 ** 20,
    closeOnBackpressureLimit: true,
  },
});
console.log(`ready ${server.port}`);
