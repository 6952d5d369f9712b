// A user's program as the documents describe it: it joins on each connect, and leaves the rest to socket.io-client.
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';

const { url, token, chat, ...options } = JSON.parse(process.argv[2]);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const socket = io(url, { auth: { token }, ...options });

/** The acknowledgement; what was on its way when the connection dropped is refused, too. */
const ask = (event, payload) =>
  socket.emitWithAck(event, { chat_id: chat, ...payload }).catch((error) => ({ ok: false, error: error.message }));

socket.on('connect', async () => {
  const { ok, error } = await ask('room:join');
  say(ok ? { event: 'joined' } : { event: 'refused', error });
});
socket.on('connect_error', ({ message }) => say({ event: 'failed', error: message }));
socket.on('disconnect', (reason) => say({ event: 'dropped', reason }));
socket.on('message:new', ({ type, content }) => type === 'user' && say({ event: 'heard', content }));

createInterface({ input: process.stdin }).on('line', async (content) => {
  const { ok, error } = await ask('message:send', { content });
  say(ok ? { event: 'sent', content } : { event: 'refused', error });
});
