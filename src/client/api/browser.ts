import type { Static } from '@sinclair/typebox';
import type * as browser from '../../modules/chats/browser/browser.model.ts';
import type { BrowserStarted } from '../browser-wire.ts';
import type { Ok } from '../wire.ts';
import type { Body, CallOptions, Query, Route } from './route.ts';

export type Clipboard = Static<typeof browser.Clipboard>;
export type ClipboardBody = Body<Static<typeof browser.ClipboardBody>>;
export type OpenBody = Body<Static<typeof browser.OpenBody>>;
/** `quality` is 1–100. With `preview: '1'` the picture is small, and up to 20 s old. */
export type ScreenshotQuery = Query<Static<typeof browser.ScreenshotQuery>>;

/** The shared browser of a chat. `ChatRoom.browser` has its pictures, and takes mouse and keyboard. */
export interface SharedBrowsers {
  /** The chat's owner: starts it. Resolves once it shows a picture, or with `state: 'pulling'`. */
  start(chatId: number, options?: CallOptions): Promise<BrowserStarted>;
  /** The chat's owner: stops it. */
  stop(chatId: number, options?: CallOptions): Promise<Ok>;
  /** The text that was last copied in it. */
  readClipboard(chatId: number, options?: CallOptions): Promise<Clipboard>;
  writeClipboard(chatId: number, body: ClipboardBody, options?: CallOptions): Promise<Ok>;
  /** A JPEG picture. */
  screenshot(chatId: number, query?: ScreenshotQuery, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Opens an address in it. */
  open(chatId: number, body: OpenBody, options?: CallOptions): Promise<Ok>;
}

export const BROWSER = {
  start: 'POST /v1/portal/chats/{chat_id}/start startBrowser slow',
  stop: 'POST /v1/portal/chats/{chat_id}/stop stopBrowser',
  readClipboard: 'GET /v1/portal/chats/{chat_id}/clipboard readClipboard',
  writeClipboard: 'POST /v1/portal/chats/{chat_id}/clipboard writeClipboard body again',
  screenshot: 'GET /v1/portal/chats/{chat_id}/screenshot getScreenshot query bytes',
  open: 'POST /v1/portal/chats/{chat_id}/open openInBrowser body',
} as const satisfies Record<keyof SharedBrowsers, Route>;
