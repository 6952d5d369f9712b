import { describe, expect, test } from 'bun:test';
import { asking, browserPath, cinema } from '../support/browser-house.ts';

const OK = { status: 200, body: { ok: true } };
const OFF = { status: 404, body: { code: 'ERR_BROWSER_NOT_RUNNING' } };
const failure = (status: number, code: string) => ({ status, body: { code } });

describe('the address to open', () => {
  const long = `https://example.com/${'a'.repeat(2029)}`;
  test.each([
    ['file:///etc/passwd', 'must be an http or https address'],
    ['javascript:alert(1)', 'must be an http or https address'],
    ['data:text/html,hello', 'must be an http or https address'],
    ['chrome://settings', 'must be an http or https address'],
    ['https://ada:secret@example.com/', 'must not hold a name or password'],
    ['https://ada@example.com/', 'must not hold a name or password'],
    ['example.com', 'must be an http or https address'],
    ['https://exa mple.com/', 'must be an http or https address'],
    ['https://', 'must be an http or https address'],
    ['http://example.com/\u0000', 'must be an http or https address'],
    ['', 'must be an http or https address'],
    [long, 'must be at most 2048 characters'],
    [`https://example.com/${'ä'.repeat(400)}`, 'must be at most 2048 characters once it is encoded'],
    [5, 'must be a string'],
    [undefined, 'is required'],
  ])('%p is refused', async (url, complaint) => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    await owner.start();
    const answer = await owner.open(url);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field: 'url' } });
    expect(answer.body.error).toStartWith(`url ${complaint}`);
    expect(engine.browser.navigations).toEqual([]);
    if (url === undefined) return;
    const config = { browser_config: { start_url: url } };
    const refused = await portal.as(chat.owner).post(browserPath(chat, 'config/update'), config);
    expect(refused).toMatchObject({ status: 400, body: { field: 'browser_config.start_url' } });
  });

  test.each(['https://example.com/', 'http://localhost:8080/a?b=c#d', long.slice(0, -1)])(
    '%p is opened',
    async (url) => {
      await using house = await cinema();
      const { engine, owner } = house;
      await owner.start();
      expect(await owner.open(url)).toMatchObject(OK);
      expect(engine.browser.navigations).toEqual([{ url }]);
    },
  );
});

describe('the clipboard', () => {
  test('is written and read', async () => {
    await using house = await cinema();
    const { engine, owner } = house;
    await owner.start();
    expect(await owner.write('two\nlines\t😀')).toMatchObject(OK);
    expect(engine.browser.clipboard).toBe('two\nlines\t😀');
    expect(await owner.read()).toMatchObject({ status: 200, body: { text: 'two\nlines\t😀' } });
  });

  test.each([
    ['a'.repeat(32_768), 200],
    ['a'.repeat(32_769), 400],
    ['ä'.repeat(24_576), 200],
    ['ä'.repeat(24_577), 400],
    ['\ud800', 400],
    ['', 200],
  ])('%#: takes 32,768 characters and 48 KiB of text', async (text, status) => {
    await using house = await cinema();
    const { owner } = house;
    await owner.start();
    expect((await owner.write(text)).status).toBe(status);
  });

  test('holds no more for readers than a writer may put in', async () => {
    await using house = await cinema();
    const { engine, owner } = house;
    await owner.start();
    engine.browser.clipboard = `${'😀'.repeat(40_000)}`;
    expect([...(await owner.read()).body.text].length).toBe(32_768);
  });
});

test('with the browser off there is nothing to read, write, see or open', async () => {
  await using house = await cinema({ visibility: 'official' });
  const { owner } = house;
  for (const answer of [
    await owner.read(),
    await owner.write('x'),
    await owner.open('https://example.com/'),
    await owner.shot(),
    await owner.shot('?preview=1'),
  ])
    expect(answer).toMatchObject(OFF);
});

test('a direct chat has no browser', async () => {
  await using house = await cinema();
  const { portal } = house;
  const [ada, bob] = [await portal.given.person(), await portal.given.person()];
  const { id } = await portal.given.direct(ada, bob);
  const asked = asking(portal, ada, { id, name: '', owner: ada });
  const direct = failure(409, 'ERR_DIRECT_CHAT');
  for (const answer of [
    await asked.start(),
    await asked.stop(),
    await asked.read(),
    await asked.write('x'),
    await asked.open('https://example.com/'),
    await asked.shot(),
  ])
    expect(answer).toMatchObject(direct);
});
