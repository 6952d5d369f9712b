import { randomUUID } from 'node:crypto';
import { KIB } from '../../core/durations.ts';
import { methodNotAllowed } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { credentialsOf } from '../../http/credentials.ts';
import { asAppError, errorResponse } from '../../http/errors.plugin.ts';
import { foreignOrigin, type Origins } from '../../http/origins.ts';
import type { ViewerLines } from '../../modules/chats/viewer/lines.service.ts';
import type { PageLine } from '../../modules/chats/viewer/page-line.ts';
import { viewerErrors } from '../../modules/chats/viewer/viewer.errors.ts';
import type { FrontEntry, Visit } from './front.ts';

type Deps = {
  logger: Logger;
  origins: Pick<Origins, 'mayAct'>;
  modules: { viewerLines: Pick<ViewerLines, 'admit'> };
};

type Data = { line: PageLine };

const PATH = /^\/v1\/portal\/chats\/([1-9]\d{0,15})\/browser\/ws$/;
/** An SDP is a few KiB. */
const LONGEST_MESSAGE = 64 * KIB;
const MOST_BUFFERED = 1024 * KIB;
const IDLE_SECONDS = 40;
const NOT_TEXT = 1003;

/** The line of the shared browser's page. Everything is decided before the upgrade, and refused with an HTTP answer. */
export function viewerEntry({ logger, origins, modules: { viewerLines } }: Deps): FrontEntry<Data> {
  async function admit({ request, path, ip }: Visit): Promise<PageLine> {
    const { headers, method } = request;
    if (method !== 'GET') throw methodNotAllowed();
    if (headers.get('upgrade')?.toLowerCase() !== 'websocket') throw viewerErrors.upgradeOnly();
    const origin = headers.get('origin');
    // Only browsers name one, and they always do.
    if (origin !== null && !origins.mayAct(origin, headers.get('host') ?? undefined)) throw foreignOrigin();
    const { tokens } = credentialsOf(headers);
    return viewerLines.admit({ tokens, chatId: Number(PATH.exec(path)?.[1]), ip });
  }

  return {
    kind: 'viewer',
    serves: (path) => PATH.test(path),

    async handle(visit) {
      const { request, ip, server } = visit;
      const correlationId = randomUUID();
      try {
        const line = await admit(visit);
        if (server.upgrade(request, { data: { line } })) return new Response(null);
        line.gone();
        throw viewerErrors.upgradeOnly();
      } catch (thrown) {
        const error = asAppError(thrown, { correlationId, ip, beganMs: performance.now() }, logger);
        const response = errorResponse(error, correlationId);
        response.headers.set('cache-control', 'no-store');
        response.headers.set('x-correlation-id', correlationId);
        return response;
      }
    },

    websocket: {
      open(ws) {
        ws.data.line.opened({
          send: (text) => ws.send(text),
          close: (code) => ws.close(code),
          ping: () => ws.ping(),
        });
      },
      message(ws, message) {
        if (typeof message === 'string') ws.data.line.received(message);
        else ws.close(NOT_TEXT);
      },
      close: (ws) => ws.data.line.gone(),
      limits: { idleSeconds: IDLE_SECONDS, maxPayloadBytes: LONGEST_MESSAGE, maxBufferedBytes: MOST_BUFFERED },
    },
  };
}
