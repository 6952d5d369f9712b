import type { WebSocketData } from '@socket.io/bun-engine';
import { StartError } from '../db/sqlite/data-dir.ts';
import { SocketTransport } from '../realtime/socket-transport.ts';
import type { Portal } from './create-portal.ts';

export type Listening = { readonly url: string; readonly port: number; stop(withinMs: number): Promise<void> };

/** A body this large is refused by Bun before it is read; below it our own limit answers, with a sentence. */
const LARGEST_BODY = 32 * 1024 * 1024;

/** Answers REST and sockets on one port. Throws {@link StartError}. */
export function listen(portal: Portal): Listening {
  const { config, transport, http, clientIps } = portal;
  const { host, port } = config.server;
  let underWay = 0;
  let idle: (() => void) | undefined;
  const server = serve();
  transport.attach(server);

  function serve() {
    try {
      return Bun.serve<WebSocketData>({
        hostname: host,
        port,
        reusePort: false,
        development: false,
        idleTimeout: 60,
        maxRequestBodySize: LARGEST_BODY,
        websocket: transport.websocket,
        fetch(request, bun) {
          const ip = clientIps.of(bun.requestIP(request)?.address ?? '', request.headers);
          const path = pathOf(request.url);
          if (SocketTransport.serves(path)) return transport.handleRequest(request, bun, ip);
          underWay++;
          return http.dispatch(request, ip).finally(() => {
            underWay--;
            if (underWay === 0) idle?.();
          });
        },
      });
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE')
        throw new StartError(`Cannot listen on ${host}:${port}: ${(error as Error).message}`);
      throw new StartError(
        `Something else listens on ${host}:${port} already. Stop it, or choose another port with --port.`,
      );
    }
  }

  const shown = host === '0.0.0.0' || host === '::' || host === '127.0.0.1' ? 'localhost' : host;
  return {
    url: config.server.publicUrl ?? `http://${shown}:${server.port}`,
    port: server.port ?? port,

    /** Lets no new request in, tells sockets to come back later, and waits for what is under way, so long at most. */
    async stop(withinMs) {
      // Its promise waits for connections that are merely kept open as well: what counts is what is being answered.
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
        // Bun still has to write the last answer.
        await Bun.sleep(20);
      }
      await server.stop(true);
    },
  };
}

/** `/path` of `http://host/path?query`, without the cost of parsing the whole. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  if (start < 0) return '/';
  const query = url.indexOf('?', start);
  return url.slice(start, query < 0 ? undefined : query);
}
