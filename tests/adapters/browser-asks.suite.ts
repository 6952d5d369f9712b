import { afterAll, describe, expect, test } from 'bun:test';
import { eventually } from '../support/waiting.ts';
import { OTHER, SITE } from './browser-site.ts';
import { click, heard, jpegSize, loaded, SharedRoom, type SuiteStage } from './browser-viewer.ts';

/** A button over the whole page. */
const button = (action: string) =>
  `<button style="position:absolute;inset:0;width:100%;height:100%" onclick="${action}">press</button>`;

const link = (attributes: string) =>
  `<a style="position:absolute;inset:0;font:40px sans-serif" ${attributes}>follow</a>`;

/** What every browser engine promises of pages that ask, open, load down, crash, hang or close. */
export function browserAsksPromises(name: string, open: () => SuiteStage): void {
  describe(`a page in a browser of ${name}`, () => {
    const shared = new SharedRoom(open);
    afterAll(() => shared.close());

    test('asks everyone, and gets the answer', async () => {
      const { browser, site, viewer } = await shared.at(`<script>
        const ask = async () => {
          say('confirm ' + confirm('sure?')); await line;
          say('prompt ' + prompt('who?', 'me')); await line;
          alert('bye'); say('done');
        };
      </script>${button('ask()')}`);
      click(browser, 400, 300);
      const first = await viewer.asked();
      expect(first).toMatchObject({ type: 'confirm', message: 'sure?' });
      browser.answerDialog(first.id, { accept: true });
      await heard(site, 'confirm true');
      const second = await viewer.asked();
      expect(second).toMatchObject({ type: 'prompt', message: 'who?' });
      browser.answerDialog(first.id, { accept: false });
      browser.answerDialog(second.id, { accept: true, text: 'Ünal "x"' });
      await heard(site, 'prompt Ünal "x"');
      const third = await viewer.asked();
      expect(third).toMatchObject({ type: 'alert', message: 'bye' });
      browser.answerDialog(third.id, { accept: true });
      await heard(site, 'done');
      await eventually(() => viewer.closedDialogs.length === 3);
    });

    test('asks with few words, however many it has', async () => {
      const { browser, viewer } = await shared.at(button("alert('x'.repeat(100000))"));
      click(browser, 400, 300);
      const dialog = await viewer.asked();
      expect(dialog.message.length).toBe(1000);
      browser.answerDialog(dialog.id, { accept: false });
    });

    test('has its picture taken while it asks, and forgets what was pressed meanwhile', async () => {
      const { browser, site, viewer } = await shared.at(`<script>
        let pressed = 0;
        addEventListener('mousedown', () => say('down ' + ++pressed));
        addEventListener('keydown', ({ key }) => say('key ' + key));
      </script>${button("if (pressed === 1) alert('wait'); say('clicked ' + pressed)")}`);
      click(browser, 400, 300);
      const dialog = await viewer.asked();
      for (let count = 0; count < 50; count++) {
        click(browser, 400, 300);
        browser.input([
          { type: 'key', key: 'a', code: 'KeyA', down: true, modifiers: 0 },
          { type: 'key', key: 'a', code: 'KeyA', down: false, modifiers: 0 },
          { type: 'text', text: 'much' },
        ]);
      }
      expect(jpegSize(await browser.capture({ quality: 50, width: 400 })).width).toBe(400);
      browser.answerDialog(dialog.id, { accept: true });
      await heard(site, 'clicked 1');
      click(browser, 400, 300);
      await heard(site, 'clicked 2');
      expect(site.said.filter((text) => /^(down|key|clicked)/.test(text))).toEqual([
        'down 1',
        'clicked 1',
        'down 2',
        'clicked 2',
      ]);
    });

    test('can be left while it asks, even if it asks again and again', async () => {
      const { browser, site, viewer } = await shared.at(button("for (;;) alert('stay')"));
      click(browser, 400, 300);
      await viewer.asked();
      const url = site.url(site.page('/away', 'away'));
      await browser.navigate({ url });
      await loaded(browser, url);
      await eventually(() => viewer.closedDialogs.length === viewer.dialogs.length);
    });

    test('cannot hold anyone back who wants to leave', async () => {
      const { browser, site } = await shared.at(`<script>
        addEventListener('beforeunload', (event) => { event.preventDefault(); event.returnValue = 'stay' });
      </script>${button("say('touched')")}`);
      click(browser, 400, 300);
      await heard(site, 'touched');
      const url = site.url(site.page('/away', 'away'));
      await browser.navigate({ url });
      await loaded(browser, url);
    });

    test('asks for a name and a password, which may be given or not', async () => {
      const { browser, site, viewer } = await shared.at('before');
      const path = site.answer('/locked', (request) => {
        const given = request.headers.get('authorization');
        if (given === `Basic ${btoa('anna:wo:rd')}`)
          return new Response('in', { headers: { 'content-type': 'text/html' } });
        const headers = { 'www-authenticate': 'Basic realm="the shed"' };
        return new Response('out', { status: 401, headers });
      });
      await browser.navigate({ url: site.url(path) });
      const first = await viewer.asked();
      expect(first).toMatchObject({ type: 'auth', message: `${SITE}:${site.port}: the shed` });
      browser.answerDialog(first.id, { accept: true, text: 'anna:wrong' });
      await eventually(() => viewer.dialogs.length === 2);
      browser.answerDialog(viewer.dialogs[1]?.id ?? '', { accept: true, text: 'anna:wo:rd' });
      await loaded(browser, site.url(path));
      expect(site.asked.filter((asked) => asked === path).length).toBe(3);

      const other = site.answer(
        '/other',
        () => new Response('', { status: 401, headers: { 'www-authenticate': 'Basic realm="y"' } }),
      );
      await browser.navigate({ url: site.url(other, OTHER) });
      await eventually(() => viewer.dialogs.length === 3);
      const url = site.url(site.page('/away', 'away'));
      await browser.navigate({ url });
      await loaded(browser, url);
      await eventually(() => viewer.closedDialogs.length === 3);
    });

    test.each([
      ['a link into a new window', link('href="/new" target="_blank"')],
      ['a link without an opener', link('href="/new" target="_blank" rel="noopener"')],
      ['a script after a click', button("window.open('/new')")],
      ['a frame of another site', 'frame'],
    ])('leads everyone along through %s', async (_what, body) => {
      const { browser, site, viewer } = await shared.at('before');
      const url = site.url(site.page('/new', 'new'));
      site.page('/inner', link(`href="${url}" target="_blank"`));
      const frame = `<iframe style="position:absolute;inset:0;width:100%;height:100%;border:0" src="${site.url('/inner', OTHER)}"
        onload="say('framed')"></iframe>`;
      await browser.navigate({ url: site.url(site.page('/opener', body === 'frame' ? frame : body)) });
      await loaded(browser, site.url('/opener'));
      if (body === 'frame') await heard(site, 'framed');
      // A frame that has only just been drawn may not be hit yet.
      await eventually(async () => {
        click(browser, 50, 25);
        await browser.capture({ quality: 10, width: 100 });
        return browser.page.url === url;
      });
      expect(await viewer.noticed('popup')).toBe(`${SITE}:${site.port}`);
    });

    test('opens no window by itself, and none that is no web page', async () => {
      const { browser, site, viewer } = await shared.at("<script>open('/new'); say('opened')</script>still here");
      await heard(site, 'opened');
      expect(site.asked).not.toContain('/new');
      await browser.navigate({
        url: site.url(
          site.page('/opener', button("window.open('javascript:1'); window.open('about:blank'); say('tried')")),
        ),
      });
      await loaded(browser, site.url('/opener'));
      click(browser, 400, 300);
      await heard(site, 'tried');
      await viewer.noticed('popup');
      await browser.navigate({ action: 'reload' });
      expect(browser.page.url).toBe(site.url('/opener'));
    });

    test('loads nothing down, and everyone hears that it tried', async () => {
      const { browser, site, viewer } = await shared.at('before');
      const path = site.answer('/file', () => {
        return new Response('x'.repeat(1000), { headers: { 'content-disposition': 'attachment; filename=x.bin' } });
      });
      const { url } = browser.page;
      await browser.navigate({ url: site.url(path) });
      expect(await viewer.noticed('download')).toBe(`${SITE}:${site.port}`);
      expect(browser.page.url).toBe(url);
    });

    test('gets no file, no place, no camera, no screen, no notifications; everyone hears that it asked', async () => {
      const { browser, site, viewer } = await shared.at(`<input type="file" id="file" style="display:none"><script>
        file.addEventListener('cancel', () => say('no file'));
        const ask = async () => {
          navigator.geolocation.getCurrentPosition(() => say('PLACE'), () => say('no place'));
          await navigator.mediaDevices?.getUserMedia({ video: true }).then(() => say('CAMERA'), () => {});
          await navigator.mediaDevices?.getDisplayMedia({ video: true }).then(() => say('SCREEN'), () => {});
          say('notifications ' + (globalThis.Notification ? await Notification.requestPermission() : 'denied'));
          file.click();
        };
      </script>${button('ask()')}`);
      click(browser, 400, 300);
      await heard(site, 'no place');
      await heard(site, 'notifications denied');
      await heard(site, 'no file');
      expect(await viewer.noticed('permission')).toBe(`${SITE}:${site.port}`);
      expect(await viewer.noticed('upload')).toBe(`${SITE}:${site.port}`);
      expect(site.said.filter((text) => /[A-Z]{5}/.test(text))).toEqual([]);
    });

    test('may hang: the address line still works, and so do pictures', async () => {
      const { browser, site, viewer } = await shared.at(button('for (;;);'));
      browser.cast('full', true);
      await eventually(() => viewer.frames.length > 0);
      click(browser, 400, 300);
      click(browser, 400, 300);
      browser.cast('half', true);
      await eventually(() => viewer.of('half').length > 0);
      expect(jpegSize(await browser.capture({ quality: 50, width: 300 })).width).toBe(300);
      const seen = viewer.frames.length;
      const url = site.url(site.page('/away', 'away'));
      await browser.navigate({ url });
      await loaded(browser, url);
      await eventually(() => viewer.frames.length > seen);
      expect(viewer.notices).toEqual([]);
    });
  });
}
