/** The browsers that a chat can ask for. An engine may have fewer. */
export const BROWSERS = ['chromium', 'firefox', 'brave', 'tor'] as const;
export type BrowserName = (typeof BROWSERS)[number];

export type StartRequest = {
  chatId: number;
  browser: BrowserName;
  /** An `http:` or `https:` URL, or null for an empty page. */
  startUrl: string | null;
  kiosk: boolean;
};

/** What starting is at. `percent` only where it can be known. */
export type StartProgress = { step: 'pull' | 'create' | 'boot' | 'ready'; percent: number | null };

/** `half` is the picture at half the width and height, for a slow line. */
export type CastWidth = 'full' | 'half';

/** One JPEG picture. `seq` grows by one with each frame of its cast. */
export type Frame = { seq: number; width: number; height: number; data: Uint8Array };

export type PageState = { url: string; title: string; loading: boolean };

export type NoticeKind = 'download' | 'popup' | 'permission' | 'upload' | 'crash' | 'closed';

/** `auth` asks for a name and a password: the answer's text is `name:password`. */
export type Dialog = { id: string; type: 'alert' | 'confirm' | 'prompt' | 'auth'; message: string };

/** `modifiers` of a key: the sum of those that are down. */
export const MODIFIERS = { alt: 1, ctrl: 2, meta: 4, shift: 8 } as const;

/**
 * Input that was checked: x and y are fractions of the picture from 0 to 1; keys are named as in DOM KeyboardEvent. An engine
 * drops keys that would reach the browser instead of the page; Meta counts as Ctrl.
 */
export type InputEvent =
  | { type: 'move'; x: number; y: number }
  | { type: 'down' | 'up'; x: number; y: number; button: 0 | 1 | 2 }
  | { type: 'wheel'; x: number; y: number; dx: number; dy: number }
  | { type: 'key'; key: string; code: string; down: boolean; modifiers: number }
  | { type: 'text'; text: string };

/** What a running browser tells. Called in order; never after `gone` or after `stop` has resolved. */
export type BrowserListener = {
  frame(width: CastWidth, frame: Frame): void;
  page(page: PageState): void;
  /** `host`: the host it concerns, if one is known. */
  notice(kind: NoticeKind, host: string | null): void;
  dialog(dialog: Dialog): void;
  /** The dialog was answered, or fell with its page. */
  dialogClosed(id: string): void;
  /** Of a browser that restarts by itself, or is being cleared away: it gives no picture. `back` or `gone` follows. */
  away?(reason: string): void;
  /** It is there again, with the viewers gone. */
  back?(): void;
  /** The browser ended by itself or gives no picture any more; it has been cleared away. `reason` is a sentence for the log. */
  gone(reason: string): void;
};

/** Somebody who watches. One person may watch in several tabs, which are viewers of their own. */
export type ViewerIdentity = { id: string; userId: number };

/** What a viewer is sent. Messages are JSON texts, `{ event, payload }`. */
export type ViewerEnd = {
  send(message: string): void;
  /** The line is over, and nothing more comes; the viewer may ask for another. Not called after `close`. */
  lost(): void;
};

/** One viewer's line to an engine that sends its picture to viewers by itself. */
export type ViewerLine = {
  /** Takes a message of the viewer. What viewers may not send is dropped without a word. */
  receive(message: string): void;
  /** Ends the picture, then the line. Resolves when no picture is sent any more; again: at once. */
  close(): Promise<void>;
};

/** The viewers of an engine that sends its picture to them by itself. */
export type Viewers = {
  /** @throws EngineError when the engine lets nobody in now */
  connect(viewer: ViewerIdentity, to: ViewerEnd): Promise<ViewerLine>;
  /** The input of this viewer counts from now on, and nobody else's. Keys and buttons that others hold down are let go. */
  letDrive(viewerId: string | null): Promise<void>;
};

export type RunningBrowser = {
  readonly width: number;
  readonly height: number;
  /** How viewers get picture and sound, and send input. Undefined: by `cast` and `input`, which do nothing otherwise. */
  readonly viewers: Viewers | undefined;
  /** Starts or stops a cast. A started one begins with the present picture. Without any cast the browser encodes nothing. */
  cast(width: CastWidth, on: boolean): void;
  /** Takes input in order, without waiting for the page. */
  input(events: readonly InputEvent[]): void;
  /**
   * Resolves once the page has changed; what it still loads comes later.
   *
   * @throws EngineError when the address cannot be opened, or does not answer within 10 s
   */
  navigate(to: { url: string } | { action: 'back' | 'forward' | 'reload' }): Promise<void>;
  /** The present page, as last told. */
  readonly page: PageState;
  readClipboard(): Promise<string>;
  writeClipboard(text: string): Promise<void>;
  /** A JPEG of the present picture; the last one when the page does not answer within 2 s. `quality` 1–100, `width` in pixels. */
  capture(options: { quality: number; width: number }): Promise<Uint8Array>;
  /** An answer to a dialog that is no longer open does nothing. One that gets none is dismissed after 30 s. */
  answerDialog(id: string, answer: { accept: boolean; text?: string }): void;
  /** Ends every process and removes the profile. Resolves when both are gone; again: at once. */
  stop(): Promise<void>;
};

/** One thing that was looked at: for `portal doctor`, and for the sentence that says what to install. */
export type EngineCheck = { name: string; ok: boolean; detail: string };

/** A browser that an earlier run of the server started, and that goes on. */
export type FoundBrowser = {
  request: StartRequest;
  /** Takes it over. Called at most once. */
  adopt(listener: BrowserListener): Promise<RunningBrowser>;
  /** Ends it. */
  stop(): Promise<void>;
};

/** Runs one browser for each chat. */
export type BrowserEngine = {
  readonly name: 'docker' | 'local';
  readonly browsers: readonly BrowserName[];
  /** Looks at what the engine needs. Costs up to a few seconds; changes nothing. */
  check(): Promise<readonly EngineCheck[]>;
  /** Tries from inside what its browsers must not reach, by starting some. Undefined where `check` does that. */
  proveFence?(): Promise<EngineCheck>;
  /**
   * Starts a browser and resolves when it can show a picture. While it tells of `pull`, it may take many minutes. An engine may
   * heed `abandoned`, and end the start early; a browser that comes in spite of it is stopped by the caller.
   *
   * @throws EngineError with a sentence that says what is wrong and what to do; nothing is left behind then
   */
  start(
    request: StartRequest,
    listener: BrowserListener,
    progress: (at: StartProgress) => void,
    abandoned?: AbortSignal,
  ): Promise<RunningBrowser>;
  /** Removes what earlier runs of the server left, and tells which browsers of theirs go on as if they were new. */
  clear(): Promise<readonly FoundBrowser[]>;
  /** Stops all browsers that cannot go on without the server, and lets go of the others. */
  close(): Promise<void>;
};

/** Why an engine could not do something, in a sentence for people. */
export class EngineError extends Error {}

/** As many browsers run as the engine has room for. */
export class CapacityError extends EngineError {}

/** Nothing proves that browsers cannot reach the networks of this machine. */
export class UnfencedError extends EngineError {
  /** What they would reach, for those who run the server: it tells of its networks. */
  readonly reached: readonly string[];

  constructor(message: string, reached: readonly string[] = []) {
    super(message);
    this.reached = reached;
  }
}

/** The engine that the settings choose. */
export type EngineChoice = {
  engine: BrowserEngine | null;
  /** A sentence that says why no browser can run now, and what to do; undefined when one can. Looks afresh each time. */
  missing(): string | undefined;
  /** A sentence about what is not as it should be although browsers run. */
  concern?(): string | undefined;
  /** The settings ask for an engine, so that it is a fault when none can run. */
  isWanted: boolean;
  /** The most browsers that run at the same time. */
  maxRunning: number;
};
