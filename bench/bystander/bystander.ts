import { runHttpClient } from '../support/http-client.ts';

/** What the bystander is asked to do, as JSON on stdin. */
export type BystanderOrder = { port: number; token: string; watchMs: number };
export type BystanderResult = { waitsMs: number[] };

const { port, token, watchMs }: BystanderOrder = await Bun.stdin.json();
/** Between an answer and the next request, so that the bystander is no load. */
const PAUSE_MS = 5;
const request = Buffer.from(
  `GET /v1/users/me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
);

const until = performance.now() + watchMs;
const waitsMs: number[] = [];
while (performance.now() < until) {
  const began = performance.now();
  await runHttpClient({
    port,
    request,
    isStopped: () => true,
    onAnswer: (status) => {
      if (status !== 200) throw new Error(`the bystander was answered ${status}`);
    },
  });
  waitsMs.push(performance.now() - began);
  await Bun.sleep(PAUSE_MS);
}
console.log(JSON.stringify({ waitsMs } satisfies BystanderResult));
process.exit(0);
