// Stock Socket.IO on Node, as its documentation sets it up. Plain JavaScript: Node 20 runs no TypeScript.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer(async (request, response) => {
  if (request.url === '/usage') {
    const { user, system } = process.cpuUsage();
    response.end(JSON.stringify({ cpu_ms: (user + system) / 1000, rss_mb: process.memoryUsage.rss() / 2 ** 20 }));
    return;
  }
  let body = '';
  for await (const chunk of request) body += chunk;
  const { first, count, fill, spaced } = JSON.parse(body);
  for (let seq = first; seq < first + count; seq++) {
    io.to('room').emit('news', { seq: String(seq).padStart(8, '0'), fill });
    if (spaced) await new Promise((resolve) => setImmediate(resolve));
  }
  response.writeHead(204).end();
});
const io = new Server(http, { serveClient: false });
io.use((socket, next) => next(socket.handshake.auth.token === 'bench' ? undefined : new Error('not signed in')));
io.on('connection', (socket) => {
  void socket.join('room');
  socket.on('message:send', (news, acknowledge) => {
    io.to('room').emit('news', news);
    acknowledge({ ok: true });
  });
});
http.listen(0, '127.0.0.1', () => console.log(`ready ${http.address().port}`));
