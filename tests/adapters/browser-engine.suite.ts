import { afterAll, describe, expect, test } from 'bun:test';
import { EngineError } from '../../src/ports/browser-engine.ts';
import { eventually } from '../support/waiting.ts';
import { click, heard, jpegSize, loaded, openRoom, SharedRoom, type SuiteStage } from './browser-viewer.ts';

const MOVING = `<div id="box" style="position:absolute;width:60px;height:60px;background:#c00"></div><script>
  let at = 0;
  const step = () => { box.style.left = (at = (at + 3) % 500) + 'px'; if (at % 60 === 0) say('moved'); requestAnimationFrame(step) };
  step();
</script>`;

/** What an engine promises that draws pictures itself: of those, of pages and of its end. */
export function browserEnginePromises(name: string, open: () => SuiteStage): void {
  describe(`a browser of ${name}`, () => {
    const shared = new SharedRoom(open);
    afterAll(() => shared.close());

    test('shows the page that it was started at', async () => {
      await using stage = open();
      const { engine, site } = stage;
      await using room = await openRoom(engine, site, site.page('/start', 'hello', 'The start'));
      await eventually(() => room.browser.page.title === 'The start', { found: () => room.browser.page });
      await eventually(() => room.viewer.pages.at(-1)?.title === 'The start', { found: () => room.viewer.pages });
      expect(room.viewer.pages.at(-1)?.url).toBe(site.url('/start'));
      expect(room.progress.map(({ step }) => step)).toContain('ready');
      expect(room.browser).toMatchObject({ width: 800, height: 600 });
    });

    test('begins with an empty page if there is no address', async () => {
      await using stage = open();
      await using room = await openRoom(stage.engine, stage.site, null);
      expect(room.browser.page).toMatchObject({ url: '', loading: false });
      room.browser.cast('full', true);
      await eventually(() => room.viewer.of('full').length > 0);
    });

    test('gives pictures in both sizes at once, in order, and of a page at rest only one', async () => {
      const room = await shared.at('still');
      room.browser.cast('full', true);
      room.browser.cast('half', true);
      await eventually(() => room.viewer.of('full').length > 0 && room.viewer.of('half').length > 0);
      const [full, half] = [room.viewer.of('full'), room.viewer.of('half')];
      expect(full[0]).toMatchObject({ width: 800, height: 600 });
      expect(half[0]).toMatchObject({ width: 400, height: 300 });
      expect(jpegSize(full[0]?.data ?? new Uint8Array())).toEqual({ width: 800, height: 600 });
      expect(jpegSize(half[0]?.data ?? new Uint8Array())).toEqual({ width: 400, height: 300 });

      await room.browser.navigate({ url: room.site.url(room.site.page('/moving', MOVING)) });
      await eventually(() => room.viewer.of('full').length > 20 && room.viewer.of('half').length > 20);
      for (const width of ['full', 'half'] as const) {
        const seqs = room.viewer.of(width).map(({ seq }) => seq);
        expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
      }
    });

    test('gives no picture that nobody wants', async () => {
      const { site, ...room } = await shared.at(MOVING);
      await heard(site, 'moved');
      expect(room.viewer.frames).toEqual([]);
      room.browser.cast('full', true);
      await eventually(() => room.viewer.frames.length > 3);
      room.browser.cast('full', false);
      const [seen, moved] = [room.viewer.frames.length, site.said.length];
      await eventually(() => site.said.length > moved + 4);
      expect(room.viewer.frames.length).toBe(seen);
      room.browser.cast('full', true);
      await eventually(() => room.viewer.frames.length > seen);
    });

    test('goes to addresses, back, forward, and loads again', async () => {
      const { site, browser } = await shared.at('one');
      const one = browser.page.url;
      site.page('/two', 'two');
      await browser.navigate({ url: site.url('/two') });
      expect(browser.page.url).toBe(site.url('/two'));
      await loaded(browser, site.url('/two'));
      await browser.navigate({ action: 'back' });
      await loaded(browser, one);
      await browser.navigate({ action: 'forward' });
      await loaded(browser, site.url('/two'));
      await browser.navigate({ action: 'forward' });
      const loads = site.asked.filter((path) => path === '/two').length;
      await browser.navigate({ action: 'reload' });
      await eventually(() => site.asked.filter((path) => path === '/two').length === loads + 1);
    });

    test('says in a sentence why an address cannot be opened, and goes on', async () => {
      const { browser } = await shared.at('one');
      const { url } = browser.page;
      expect(browser.navigate({ url: 'https://site.test:1/' })).rejects.toBeInstanceOf(EngineError);
      await browser.navigate({ url });
      await loaded(browser, url);
    });

    test('takes single pictures of any width, of which those who watch notice nothing', async () => {
      const { site, ...room } = await shared.at(
        '<script>addEventListener("resize", () => say("resized"))</script>still',
      );
      room.browser.cast('full', true);
      await eventually(() => room.viewer.frames.length > 0);
      const sizes = [];
      for (const width of [480, 800, 100, 5000]) {
        sizes.push(jpegSize(await room.browser.capture({ quality: 80, width })).width);
      }
      expect(sizes).toEqual([480, 800, 100, 800]);
      const fine = await room.browser.capture({ quality: 100, width: 800 });
      const coarse = await room.browser.capture({ quality: 1, width: 800 });
      expect(fine.length).toBeGreaterThan(coarse.length);
      const many = await Promise.all(
        Array.from({ length: 10 }, () => room.browser.capture({ quality: 50, width: 200 })),
      );
      expect(many.map((one) => jpegSize(one).width)).toEqual(many.map(() => 200));
      for (const frame of room.viewer.of('full')) expect(jpegSize(frame.data)).toEqual({ width: 800, height: 600 });
      expect(site.said).not.toContain('resized');
    });

    test('crosses the clipboard both ways, on plain pages too, and lets no page read it', async () => {
      const field = `<textarea id="field" style="width:800px;height:300px" oninput="say(field.value)"></textarea><script>
        say('secure: ' + isSecureContext); field.focus();
        navigator.clipboard?.readText().then(() => say('READ'), () => say('refused'));
      </script>`;
      const { site, browser } = await shared.at(field);
      await heard(site, 'secure: false');
      await browser.writeClipboard('von außen: "žltý" \\ 😀\nzweite Zeile');
      expect(await browser.readClipboard()).toBe('von außen: "žltý" \\ 😀\nzweite Zeile');
      click(browser, 100, 100);
      browser.input([{ type: 'key', key: 'v', code: 'KeyV', down: true, modifiers: 2 }]);
      await heard(site, 'von außen: "žltý" \\ 😀\nzweite Zeile');
      browser.input([
        { type: 'text', text: ' und mehr' },
        { type: 'key', key: 'a', code: 'KeyA', down: true, modifiers: 2 },
        { type: 'key', key: 'c', code: 'KeyC', down: true, modifiers: 2 },
      ]);
      await heard(site, 'von außen: "žltý" \\ 😀\nzweite Zeile und mehr');
      await eventually(async () => (await browser.readClipboard()).endsWith('und mehr'));
      expect(site.said).not.toContain('READ');
    });

    test('gives the beginning of a clipboard that a page has filled', async () => {
      const { browser } = await shared.at('still');
      await browser.writeClipboard('ä'.repeat(1_000_000));
      expect(await browser.readClipboard()).toBe('ä'.repeat(65_536));
      await browser.writeClipboard('');
    });

    test('shows the address of a page without the name and password of the link that led there', async () => {
      const { site, browser } = await shared.at('one');
      const url = site.url('/secret');
      site.page('/secret', '<a id="top">here</a>');
      const link = url.replace('//', '//ada:secret@');
      site.page('/leads', `<script>location.href = ${JSON.stringify(link)}</script>`);
      await browser.navigate({ url: site.url('/leads') });
      await loaded(browser, url);
      site.page('/leads', `<script>location.href = ${JSON.stringify(`${link}#top`)}</script>`);
      await browser.navigate({ url: site.url('/leads') });
      await loaded(browser, `${url}#top`);
    });

    test('tells nothing more once it has stopped, and may be stopped twice', async () => {
      await using stage = open();
      const { site, engine } = stage;
      const room = await openRoom(engine, site, site.page('/moving', MOVING));
      room.browser.cast('full', true);
      await eventually(() => room.viewer.frames.length > 3);
      await Promise.all([room.browser.stop(), room.browser.stop()]);
      const { told } = room.viewer;
      await room.browser.stop();
      await using next = await openRoom(engine, site, '/moving');
      await heard(site, 'moved');
      expect(next.viewer.goneFor).toEqual([]);
      expect(room.viewer.told).toBe(told);
      expect(room.viewer.goneFor).toEqual([]);
    });

    test('knows nothing of the one before it', async () => {
      await using stage = open();
      const { site, engine } = stage;
      const remembering = `<script>
        say('cookie: ' + document.cookie + ', kept: ' + localStorage.getItem('a'));
        document.cookie = 'a=1'; localStorage.setItem('a', '1');
      </script>`;
      const first = await openRoom(engine, site, site.page('/remembering', remembering));
      await heard(site, 'cookie: , kept: null');
      await first.browser.writeClipboard('of the first');
      await using second = await openRoom(engine, site, '/remembering');
      await eventually(() => site.said.length === 2);
      expect(site.said[1]).toBe('cookie: , kept: null');
      expect(await second.browser.readClipboard()).toBe('');
      await first.browser.stop();
    });
  });
}
