import { startNeko } from './start-neko.ts';

/** n.eko's double as a program of its own, set by the environment as n.eko is. SIGUSR1 hangs its video, SIGUSR2 mends it. */
const env = process.env;
const port = Number(/:(\d+)$/.exec(env.NEKO_SERVER_BIND ?? ':8080')?.[1] ?? 8080);
// Nothing is added to what the environment says: a value that is missing has n.eko's own default.
const neko = await startNeko({
  port,
  hostname: '0.0.0.0',
  apiToken: env.NEKO_SESSION_API_TOKEN ?? '',
  env: { ...Object.fromEntries(Object.keys(env).map((name) => [name, env[name]])) },
  alone: true,
});
process.on('SIGUSR1', () => {
  neko.fault = 'video hangs';
});
process.on('SIGUSR2', () => {
  neko.fault = 'none';
});
console.log(JSON.stringify({ level: 'info', module: 'http', message: `http listening on :${neko.port}` }));
