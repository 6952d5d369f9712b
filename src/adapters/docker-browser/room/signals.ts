import { KIB } from '../../../core/durations.ts';
import type { ViewerIceServer } from './ice.ts';
import type { NekoMessage } from './neko-socket.ts';

type Fields = Record<string, unknown>;
type Rule = (payload: Fields) => Fields | undefined;
type DownRule = (payload: unknown, ice: readonly ViewerIceServer[]) => unknown;

const LONGEST_SDP = 48 * KIB;
const LONGEST_CANDIDATE = 2 * KIB;
const LONGEST_WORD = 256;
/** Of one pointer at a time. */
const MOST_POSITIONS = 32;

const text = (value: unknown, longest = LONGEST_WORD): string | undefined =>
  typeof value === 'string' && value.length <= longest ? value : undefined;

const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

const bool = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);

/** Without the fields that are undefined. */
function only(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

const track = (value: unknown): Fields => only({ disabled: bool(fieldsOf(value).disabled) });

const described: Rule = ({ sdp }) => {
  const known = text(sdp, LONGEST_SDP);
  return known === undefined ? undefined : { sdp: known };
};

const candidate: Rule = (payload) => {
  const known = text(payload.candidate, LONGEST_CANDIDATE);
  if (known === undefined) return undefined;
  return only({
    candidate: known,
    sdpMid: text(payload.sdpMid),
    sdpMLineIndex: number(payload.sdpMLineIndex),
    usernameFragment: text(payload.usernameFragment),
  });
};

/** What a viewer may say to n.eko. The message is written anew: n.eko may read a name that comes twice, or in capitals, otherwise. */
const UP: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['signal/request', ({ video, audio }) => ({ video: track(video), audio: track(audio) })],
  ['signal/answer', described],
  ['signal/candidate', candidate],
  ['signal/restart', (payload) => described(payload) ?? {}],
  ['signal/video', track],
  ['signal/audio', track],
  ['client/heartbeat', () => ({})],
]);

const hosting = (value: unknown): Fields => {
  const { id, has_host, host_id } = fieldsOf(value);
  return only({ id: text(id), has_host: bool(has_host), host_id: text(host_id) });
};

const screen = (value: unknown): Fields | undefined => {
  const { width, height, rate } = fieldsOf(value);
  const known = { width: number(width), height: number(height) };
  return known.width && known.height ? only({ ...known, rate: number(rate) }) : undefined;
};

function cursorsOf(value: unknown): Fields[] {
  if (!Array.isArray(value)) return [];
  return value.map(fieldsOf).map(({ id, cursors }) => ({
    id: text(id),
    cursors: Array.isArray(cursors)
      ? cursors
          .slice(-MOST_POSITIONS)
          .map(fieldsOf)
          .map(({ x, y }) => only({ x: number(x), y: number(y) }))
      : [],
  }));
}

/** What n.eko may say to a viewer. */
const DOWN: ReadonlyMap<string, DownRule> = new Map<string, DownRule>([
  [
    'system/init',
    (payload) => {
      const { session_id, control_host, screen_size, touch_events } = fieldsOf(payload);
      return only({
        session_id: text(session_id),
        control_host: hosting(control_host),
        screen_size: screen(screen_size),
        touch_events: bool(touch_events),
      });
    },
  ],
  [
    'signal/provide',
    (payload, ice) => {
      const { video, audio, ...fields } = fieldsOf(payload);
      const known = described(fields);
      // n.eko's own list may name a third party's server.
      return known && { ...known, video: track(video), audio: track(audio), iceservers: ice };
    },
  ],
  ['signal/candidate', (payload) => candidate(fieldsOf(payload))],
  ['signal/offer', (payload) => described(fieldsOf(payload))],
  ['signal/restart', (payload) => described(fieldsOf(payload))],
  ['signal/video', track],
  ['signal/audio', track],
  ['signal/close', () => ({})],
  ['control/host', hosting],
  ['screen/updated', screen],
  ['session/cursors', cursorsOf],
  ['system/heartbeat', () => ({})],
]);

/** The message as n.eko gets it; undefined where viewers may not send such. */
export function upstream({ event, payload }: NekoMessage): NekoMessage | undefined {
  const known = UP.get(event)?.(fieldsOf(payload));
  return known === undefined ? undefined : { event, payload: known };
}

/** The message as a viewer gets it; undefined where it is not for viewers. */
export function downstream(
  { event, payload }: NekoMessage,
  ice: () => readonly ViewerIceServer[],
): NekoMessage | undefined {
  const known = DOWN.get(event)?.(payload, event === 'signal/provide' ? ice() : []);
  return known === undefined ? undefined : { event, payload: known };
}
