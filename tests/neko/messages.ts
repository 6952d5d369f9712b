import { cursorImage, cursorPosition, tellPointer } from './data-channel.ts';
import type { Media, Peer } from './peer.ts';
import { POINTER } from './pointer.ts';
import { namesAsGo } from './profile.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';

type Payload = Readonly<Record<string, unknown>>;

export type Signalling = {
  room: Room;
  media: Media;
  /** The video part hangs: what asks for it never comes back. */
  isHung(): boolean;
  onData(session: Session, bytes: Uint8Array): void;
  onPeer(peer: Peer): void;
};

const FOREVER = new Promise<never>(() => {});
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A message of a session's socket. What is not allowed is a line in n.eko's log: the sender hears nothing. */
export async function takeMessage(to: Signalling, session: Session, event: string, payload: Payload): Promise<void> {
  const [kind] = event.split('/');
  if (kind === 'signal') await takeSignal(to, session, event, payload);
  else if (kind === 'control') takeControl(to.room, session, event, payload);
  else if (event === 'clipboard/set') setClipboard(to.room, session, text(payload.text));
  else if (event === 'send/unicast') {
    const { receiver, subject, body } = payload;
    to.room.find(text(receiver))?.send(event, { sender: session.id, receiver, subject, body });
  } else if (event === 'send/broadcast') {
    const { subject, body } = payload;
    to.room.broadcast(event, { sender: session.id, subject, body }, session.id);
  } else if (event === 'chat/message' && to.room.settings.chat) {
    to.room.broadcast(event, {
      id: session.id,
      created: new Date(to.room.timers.now()).toISOString(),
      content: payload,
    });
  } else if (event === 'screen/set' && session.profile.is_admin) {
    to.room.desktop.screen = {
      width: number(payload.width),
      height: number(payload.height),
      rate: number(payload.rate),
    };
    to.room.broadcast('screen/updated', { id: session.id, ...to.room.desktop.screen });
  }
}

async function takeSignal(to: Signalling, session: Session, event: string, payload: Payload): Promise<void> {
  const { room } = to;
  const peer = session.peer;
  if (event === 'signal/request') return session.profile.can_watch ? request(to, session, payload) : undefined;
  if (!peer) return;
  if (event === 'signal/answer') await peer.answer(text(payload.sdp));
  else if (event === 'signal/candidate') await peer.addCandidate(payload);
  else if (event === 'signal/restart') session.send('signal/restart', { sdp: await peer.offer(true) });
  else if (event === 'signal/video') setVideo(room, session, payload);
  else if (event === 'signal/audio') setAudio(session, payload);
}

async function request(to: Signalling, session: Session, payload: Payload): Promise<void> {
  const { room, media } = to;
  if (to.isHung()) await FOREVER;
  const peer = media.peer({
    connected: () => session.setWatching(peer, true),
    closed: () => session.setWatching(peer, false),
    candidate: (candidate) => session.send('signal/candidate', candidate),
    open: () => {
      const { x, y } = room.desktop.pointer;
      peer.send(cursorImage(POINTER.width, POINTER.height, POINTER.hotX, POINTER.hotY, POINTER.png));
      if (!room.isHost(session)) peer.send(cursorPosition(x, y));
    },
    data: (bytes) => to.onData(session, bytes),
  });
  to.onPeer(peer);
  session.setPeer(peer);
  const sdp = await peer.offer(false);
  const video = namesAsGo(payload.video ?? {});
  const audio = namesAsGo(payload.audio ?? {});
  const wanted = namesAsGo(video.selector ?? {}).id;
  const id = wanted === undefined ? (room.settings.videoIds[0] ?? '') : text(wanted);
  // An unknown stream: no offer is sent.
  if (!room.settings.videoIds.includes(id)) return;
  session.isVideoOff = video.disabled === true;
  session.isAudioOff = audio.disabled === true;
  peer.setPaused(room.isPaused(session));
  peer.setSilent(session.isAudioOff);
  session.send('signal/provide', {
    sdp,
    iceservers: media.iceServers,
    video: { disabled: session.isVideoOff, id, video: id, auto: false },
    audio: { disabled: session.isAudioOff },
  });
}

function setVideo(room: Room, session: Session, { disabled }: Payload): void {
  if (typeof disabled !== 'boolean' || disabled === session.isVideoOff) return;
  session.isVideoOff = disabled;
  session.peer?.setPaused(room.isPaused(session));
  const id = room.settings.videoIds[0] ?? '';
  session.send('signal/video', { disabled, id, video: id, auto: false });
}

function setAudio(session: Session, { disabled }: Payload): void {
  if (typeof disabled !== 'boolean' || disabled === session.isAudioOff) return;
  session.isAudioOff = disabled;
  session.peer?.setSilent(disabled);
  session.send('signal/audio', { disabled });
}

function setClipboard(room: Room, session: Session, content: string): void {
  if (session.profile.can_access_clipboard && room.isHost(session)) room.desktop.copy(content);
}

/** Whether the session hosts now. Anything that a member who may host sends makes it the host, when there is none. */
function becomesHost(room: Room, session: Session): boolean {
  if (!session.profile.can_host || room.isPrivateFor(session)) return false;
  if (room.isHost(session)) return true;
  if (room.rules.locked_controls && !session.profile.is_admin) return false;
  if (room.rules.implicit_hosting || !room.host) {
    room.setHost(session, session);
    return true;
  }
  room.host.send('control/request', { id: session.id });
  return false;
}

const KEYS = { cut: 0x78, copy: 0x63, paste: 0x76, select_all: 0x61 } as const;

function takeControl(room: Room, session: Session, event: string, payload: Payload): void {
  const { desktop } = room;
  if (event === 'control/release') {
    if (!session.profile.can_host || room.isPrivateFor(session) || !room.isHost(session)) return;
    desktop.resetKeys();
    room.setHost(session, undefined);
    return;
  }
  const what = event.slice('control/'.length);
  if (!becomesHost(room, session)) return;
  const [x, y] = [number(payload.x), number(payload.y)];
  if (what === 'move' || (payload.x !== undefined && /^(button|key)/.test(what))) {
    desktop.move(x, y);
    tellPointer(room, x, y);
  }
  const keysym = number(payload.keysym);
  const button = number(payload.code);
  const touch = /^touch(begin|update|end)$/.exec(what)?.[1] as 'begin' | 'update' | 'end' | undefined;
  if (what === 'scroll') {
    desktop.scroll(number(payload.delta_x) || x, number(payload.delta_y) || y, payload.control_key === true);
  } else if (what === 'keydown' || what === 'keyup') desktop.key(keysym, what === 'keydown');
  else if (what === 'keypress') desktop.strike(keysym);
  else if (what === 'buttondown' || what === 'buttonup') desktop.button(button, what === 'buttondown');
  else if (what === 'buttonpress') {
    desktop.resetKeys();
    desktop.button(button, true);
    desktop.resetKeys();
  } else if (touch) desktop.touch(touch, number(payload.touch_id), x, y, number(payload.pressure));
  else if (what === 'cut' || what === 'copy' || what === 'paste' || what === 'select_all') {
    if (what === 'paste' && text(payload.text)) setClipboard(room, session, text(payload.text));
    desktop.strikeWithCtrl(KEYS[what]);
  }
}
