import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Ok } from '../../../wire/models.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { ChatIdParams } from '../chats/chats.model.ts';
import { browserErrors } from './browser.errors.ts';
import { Clipboard, ClipboardBody, OpenBody, Pulling, ScreenshotQuery } from './browser.model.ts';
import type { BrowserRights } from './browser-rights.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; browserRights: BrowserRights };

const entering = [chatErrors.notFound, chatErrors.direct, chatErrors.banned];
const on = [...entering, browserErrors.notRunning, browserErrors.noAnswer];

export const browserRoutes = ({ access, browserRights }: Deps) =>
  new Elysia({ name: 'browser', prefix: '/v1/portal/chats/:chat_id', tags: ['Browser'] })
    .use(access)
    .post(
      '/start',
      async ({ principal, params, set }) => {
        const started = await browserRights.start(principal, params.chat_id);
        if (started.state === 'pulling') set.status = 202;
        return started;
      },
      {
        signedIn: 'AUTH',
        params: ChatIdParams,
        response: { 200: Ok, 202: Pulling },
        detail: describe({
          operationId: 'startBrowser',
          summary: 'Start the chat’s browser',
          description:
            'For the chat’s owner and platform Owners. Answers when the browser can be watched, within 45 seconds; the room hears `room:browser_progress` meanwhile, then `room:started`. A browser that runs already stays as it is. 202 while its image is being pulled: the start goes on by itself, and a pull that fails is `room:stopped` with the reason.',
          fails: [
            ...entering,
            chatErrors.notOwner,
            chatErrors.archived,
            browserErrors.unavailable,
            browserErrors.capacity,
            browserErrors.startFailed,
            browserErrors.unfenced,
            browserErrors.changed,
          ],
        }),
      },
    )
    .post('/stop', ({ principal, params }) => browserRights.stop(principal, params.chat_id), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      response: { 200: Ok },
      detail: describe({
        operationId: 'stopBrowser',
        summary: 'Stop the chat’s browser',
        description:
          'For the chat’s owner and platform Owners. Its profile is deleted. The room hears `room:stopped`. Also stops a browser that is still being started.',
        fails: [...entering, chatErrors.notOwner],
      }),
    })
    .get('/clipboard', ({ principal, params }) => browserRights.readClipboard(principal, params.chat_id), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      response: { 200: Clipboard },
      detail: describe({
        operationId: 'readClipboard',
        summary: 'Read the clipboard of the chat’s browser',
        description: 'Up to 32,768 characters.',
        fails: on,
      }),
    })
    .post(
      '/clipboard',
      ({ principal, params, body }) => browserRights.writeClipboard(principal, params.chat_id, body.text),
      {
        signedIn: 'AUTH',
        params: ChatIdParams,
        body: ClipboardBody,
        response: { 200: Ok },
        detail: describe({
          operationId: 'writeClipboard',
          summary: 'Write to the clipboard of the chat’s browser',
          description: 'For the chat’s owner, Admins and above, and the person who drives the browser.',
          fails: [...on, browserErrors.mayNotPaste],
          example: { text: 'To be pasted there' },
        }),
      },
    )
    .post('/open', ({ principal, params, body }) => browserRights.open(principal, params.chat_id, body.url), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      body: OpenBody,
      response: { 200: Ok },
      detail: describe({
        operationId: 'openInBrowser',
        summary: 'Open an address in the chat’s browser',
        description: 'For the person who drives the browser and those who manage the chat.',
        fails: [...on, browserErrors.notHost],
        example: { url: 'https://example.com/' },
      }),
    })
    .get(
      '/screenshot',
      async ({ principal, params, query }) => {
        const picture =
          query.preview === '1'
            ? await browserRights.preview(principal, params.chat_id)
            : await browserRights.screenshot(principal, params.chat_id, query.quality);
        return new Response(picture as Uint8Array<ArrayBuffer>, {
          headers: { 'content-type': 'image/jpeg', 'cache-control': 'private, no-store' },
        });
      },
      {
        signedIn: 'AUTH',
        params: ChatIdParams,
        query: ScreenshotQuery,
        detail: describe({
          operationId: 'getScreenshot',
          summary: 'Get a picture of the chat’s browser',
          description:
            'At most one picture a second is taken for a chat; in between, everyone gets the last one. `preview=1` gives a small one for lobbies, where `browser_config.preview` allows it.',
          fails: [...on, browserErrors.previewOff],
          answers: 'image/jpeg',
        }),
      },
    );
