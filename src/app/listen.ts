import { StartError } from '../db/sqlite/data-dir.ts';
import { hostToOpen } from './addresses.ts';
import type { Portal } from './create-portal.ts';
import { createFront, type FrontEntry } from './front/front.ts';
import { socketEntry } from './front/socket-entry.ts';
import { viewerEntry } from './front/viewer-entry.ts';

export type Listening = { readonly url: string; readonly port: number; stop(withinMs: number): Promise<void> };

/** Bun refuses larger bodies unread. Below this, our own limit answers with a sentence. */
const LARGEST_BODY = 32 * 1024 * 1024;

/** Longer than proxies keep an idle connection (nginx 60 s, Go 90 s, Caddy 120 s): the side that closes first loses requests. */
const IDLE_SECONDS = 130;

/** Answers REST and sockets on one port. Throws {@link StartError}. */
export function listen(portal: Portal): Listening {
  const { config, transport, http, clientIps } = portal;
  const { host, port } = config.server;
  let underWay = 0;
  let idle: (() => void) | undefined;
  const rest: FrontEntry = {
    kind: 'http',
    serves: () => true,
    handle({ request, ip }) {
      underWay++;
      return http.dispatch(request, ip).finally(() => {
        underWay--;
        if (underWay === 0) idle?.();
      });
    },
  };
  const ipOf = (request: Request, bun: Pick<Bun.Server<unknown>, 'requestIP'>) =>
    clientIps.of(bun.requestIP(request)?.address ?? '', request.headers);
  const front = createFront([socketEntry(transport), viewerEntry(portal), rest], ipOf);
  const server = serve();
  transport.attach(server);

  function serve() {
    try {
      return Bun.serve({
        hostname: host,
        port,
        reusePort: false,
        development: false,
        idleTimeout: IDLE_SECONDS,
        maxRequestBodySize: LARGEST_BODY,
        ...front,
      });
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE')
        throw new StartError(`Cannot listen on ${host}:${port}: ${(error as Error).message}`);
      throw new StartError(
        `${host}:${port} is already in use. Stop what listens there, or choose another port with --port.`,
      );
    }
  }

  return {
    url: config.server.publicUrl ?? `http://${hostToOpen(host)}:${server.port}`,
    port: server.port ?? port,

    /** Takes no new requests, tells sockets to reconnect later, and waits at most `withinMs` for requests in progress. */
    async stop(withinMs) {
      // Not awaited: its promise also waits for idle keep-alive connections.
      void server.stop();
      await portal.disconnect();
      if (underWay > 0) {
        const finished = new Promise<void>((resolve) => {
          idle = resolve;
        });
        const patience = Promise.withResolvers<void>();
        const timer = setTimeout(patience.resolve, withinMs);
        await Promise.race([finished, patience.promise]);
        clearTimeout(timer);
        // Bun still has to write the last response.
        await Bun.sleep(20);
      }
      await server.stop(true);
    },
  };
}
