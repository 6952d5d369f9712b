import type { Http } from '../../src/app/http.ts';
import { SocketConnection } from '../../src/realtime/socket-connection.ts';
import { SocketHandlers } from '../../src/realtime/socket-handler.ts';
import { LiveCheck } from './live-check.ts';

/** The same event of a crowd is looked at this often, and then trusted. */
const OFTEN = 500;

type Transport = { encode(event: string, payload: object): unknown; end(of: string, reason: string): void };
type Acknowledge = (answer: object) => void;

let check: LiveCheck | undefined;
const wrong = new Set<string>();
const seen = new Map<string, number>();

/**
 * Looks at everything that sockets are sent, and at every acknowledgement. Gives back what refuses to go on when one is not as
 * the AsyncAPI document says.
 */
export function checkEvents(http: Http, transport: Transport): () => void {
  check ??= watchConnections(new LiveCheck(http.asyncApi()));
  const live = check;
  const { encode, end } = transport;
  transport.encode = (event, payload) => {
    note(event, () => live.event(event, payload));
    return encode(event, payload);
  };
  transport.end = (of, reason) => {
    note('session:ended', () => live.event('session:ended', { reason }));
    end.call(transport, of, reason);
  };
  return () => {
    const lines = [...wrong];
    wrong.clear();
    if (lines.length > 0) throw new Error(`Live events that the AsyncAPI document does not know:\n${lines.join('\n')}`);
  };
}

function note(key: string, complaints: () => string[]): void {
  const times = seen.get(key) ?? 0;
  seen.set(key, times + 1);
  if (times < OFTEN) for (const line of complaints()) wrong.add(line);
}

/** What goes to one socket alone, for all servers of this process. */
function watchConnections(live: LiveCheck): LiveCheck {
  const { emit } = SocketConnection.prototype;
  SocketConnection.prototype.emit = function (event, payload) {
    note(event, () => live.event(event, payload));
    emit.call(this, event, payload);
  };
  const { dispatch } = SocketHandlers.prototype;
  SocketHandlers.prototype.dispatch = function (connection, event, args) {
    const last = args.at(-1);
    if (typeof last !== 'function' || typeof event !== 'string') return dispatch.call(this, connection, event, args);
    const acknowledge: Acknowledge = (answer) => {
      const { code = '' } = answer as { code?: string };
      note(`${event} ${code}`, () => live.answer(event, answer));
      (last as Acknowledge)(answer);
    };
    return dispatch.call(this, connection, event, [...args.slice(0, -1), acknowledge]);
  };
  return live;
}
