/** The shared browser over the wire: REST answers and Socket.IO events. */

export type BrowserState = {
  engine: 'local' | 'docker';
  width: number;
  height: number;
  /** A page of the instance that shows the browser and takes input, to be put into a frame. */
  url: string;
  /** Whether this person may ask for or take mouse and keyboard now. Absent in `room:started`, which goes to everyone. */
  can_control?: boolean;
  /** Whether pictures come as `browser:frame`. */
  frames: boolean;
};

export type ControlState = {
  /** Who has mouse and keyboard. */
  host_user_id: number | null;
  /** Who asked for them, first come first. */
  queue: number[];
  locked: boolean;
  implicit: boolean;
};

export type BrowserPage = { url: string; title: string; loading: boolean };

/** x and y are fractions of the picture from 0 to 1. `modifiers`: Alt 1, Ctrl 2, Meta 4, Shift 8, added up. */
export type BrowserInput =
  | { type: 'move'; x: number; y: number }
  | { type: 'down' | 'up'; x: number; y: number; button: 0 | 1 | 2 }
  | { type: 'wheel'; x: number; y: number; dx: number; dy: number }
  | { type: 'key'; key: string; code: string; down: boolean; modifiers: number }
  | { type: 'text'; text: string };

export type BrowserPicture = {
  seq: number;
  width: number;
  height: number;
  /** A JPEG picture; the type depends on where the library runs. */
  data: ArrayBuffer | Uint8Array;
};

export type BrowserProgress = { step: 'pull' | 'create' | 'boot' | 'ready'; percent: number | null };
export type StopReason = 'stopped' | 'idle' | 'max' | 'failed' | 'replaced' | 'deleted' | 'shutdown';
export type NoticeKind = 'download' | 'popup' | 'permission' | 'upload' | 'crash' | 'closed';
export type BrowserNotice = { kind: NoticeKind; host: string | null };
export type BrowserDialog = { id: string; type: 'alert' | 'confirm' | 'prompt' | 'auth'; message: string };
export type BrowserAction = 'back' | 'forward' | 'reload';

/** The answer to `browser:watch`; the newest picture follows it. */
export type WatchReply = { width: number; height: number; page: BrowserPage };

/** `pulling`: the browser's image is being fetched, and `room:browser_progress` tells the rest. */
export type BrowserStarted = { ok: true; state?: 'pulling' };
