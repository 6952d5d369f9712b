import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { requireChromium } from '../support/prerequisites.ts';
import { openChromium, type TestBrowser, watch } from './chromium.ts';

const executablePath = await requireChromium();

describe.skipIf(!executablePath)('the claim page in a browser', () => {
  let portal: TestPortal;
  let base: string;
  let browser: TestBrowser;

  beforeAll(async () => {
    portal = await testPortal({ realTime: true });
    base = portal.listen();
    browser = await openChromium(executablePath as string);
  });

  afterAll(async () => {
    await browser?.close();
    await portal?.close();
  });

  test('says what is missing when the link was cut off', async () => {
    const page = await browser.context.newPage();
    await page.goto(`${base}/claim`);
    expect(await page.locator('#said').textContent()).toStartWith('Open the whole link');
    await page.close();
  });

  test('makes its visitor the Owner, signed in, and keeps the token out of the address bar', async () => {
    const page = await browser.context.newPage();
    const { complaints } = watch(page);
    await page.goto(`${base}/claim#${portal.modules.claim.token}`);
    expect(page.url()).toBe(`${base}/claim`);
    // Focused already: the visitor can type at once.
    await page.keyboard.type('ada');
    await page.keyboard.press('Enter');
    await page.getByText('Welcome, ada. You are the Owner of this instance, and signed in.').waitFor();
    expect(complaints).toEqual([]);
    const me = await page.evaluate(async () => (await fetch('/v1/users/me')).json());
    expect(me).toMatchObject({ username: 'ada', permission_level: 3 });
    await page.reload();
    await page.getByText('This instance has its Owner already.').waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('says what the server says when the link is used up', async () => {
    const page = await browser.context.newPage();
    // The form as another tab still shows it.
    await using fresh = await testPortal({ realTime: true });
    await page.goto(`${fresh.listen()}/claim#nonsense`);
    await page.fill('#username', 'eve');
    await page.click('button');
    await page.locator('#said', { hasText: /.+/ }).waitFor();
    expect(await page.locator('#claim').count()).toBe(1);
    await page.close();
  });
});
