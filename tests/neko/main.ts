import { serveControl } from './control.ts';
import { startNeko } from './start-neko.ts';
import { webrtcMedia } from './webrtc-media.ts';

/** n.eko's double as a program of its own, set by the environment as n.eko is. SIGUSR1 hangs its video, SIGUSR2 mends it. */
const { env } = process;
const neko = await startNeko({
  port: Number(/:(\d+)$/.exec(env.NEKO_SERVER_BIND ?? ':8080')?.[1] ?? 8080),
  hostname: '0.0.0.0',
  apiToken: env.NEKO_SESSION_API_TOKEN ?? '',
  // A value that is missing has n.eko's own default.
  env,
  alone: true,
  ...(env.NEKO_WEBRTC_UDPMUX && { media: webrtcMedia }),
});
if (env.NEKO_DOUBLE_CONTROL) serveControl(neko, Number(env.NEKO_DOUBLE_CONTROL));
process.on('SIGUSR1', () => {
  neko.fault = 'video hangs';
});
process.on('SIGUSR2', () => {
  neko.fault = 'none';
});
console.log(JSON.stringify({ level: 'info', module: 'http', message: `http listening on :${neko.port}` }));
