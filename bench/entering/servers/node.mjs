// Stock Socket.IO on Node, with an event that joins a room. Plain JavaScript: Node 20 runs no TypeScript.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { serveClient: false });
io.use((socket, next) => next(socket.handshake.auth.token === 'bench' ? undefined : new Error('not signed in')));
io.on('connection', (socket) => {
  socket.on('room:join', async ({ chat_id }, acknowledge) => {
    const room = `chat ${chat_id}`;
    await socket.join(room);
    acknowledge({ ok: true, count: io.of('/').adapter.rooms.get(room).size });
  });
});
http.listen(0, '127.0.0.1', () => console.log(`ready ${http.address().port}`));
