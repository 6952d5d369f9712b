import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Page } from 'playwright-core';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { requireChromium } from '../support/prerequisites.ts';
import { openChromium, type TestBrowser, type Watched, watch } from './chromium.ts';

const executablePath = await requireChromium();

type Document = { paths: Record<string, Record<string, { operationId: string; tags: string[] }>> };

describe.skipIf(!executablePath)('the API docs in a browser', () => {
  let portal: TestPortal;
  let base: string;
  let browser: TestBrowser;
  let page: Page;
  let seen: Watched;

  beforeAll(async () => {
    portal = await testPortal({ realTime: true });
    base = portal.listen();
    browser = await openChromium(executablePath as string);
    page = await browser.context.newPage();
    seen = watch(page);
    await page.goto(`${base}/docs`);
    await page.waitForSelector('.opblock');
  });

  afterAll(async () => {
    await browser?.close();
    await portal?.close();
  });

  async function tryOut(operation: string) {
    const block = page.locator(`#operations-${operation}`);
    await block.locator('.opblock-summary-control').click();
    await block.locator('.try-out__btn').click();
    await block.locator('.execute').click();
    const answer = block.locator('.live-responses-table .response').first();
    await answer.waitFor();
    return {
      status: (await answer.locator('.response-col_status').textContent())?.trim(),
      body: await answer.locator('.response-col_description').textContent(),
    };
  }

  test('shows every operation under its tag', async () => {
    const { paths } = portal.http.openApi() as Document;
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    const shown = await page.locator('.opblock').evaluateAll((blocks) => blocks.map(({ id }) => id));
    expect(new Set(shown)).toEqual(
      new Set(operations.map(({ operationId, tags }) => `operations-${tags[0]}-${operationId}`)),
    );
    expect(shown).toHaveLength(operations.length);
  });

  test('tries an operation out', async () => {
    const { status, body } = await tryOut('Monitoring-getInstance');
    expect(status).toBe('200');
    expect(body).toContain('"name": "Portal"');
  });

  test('tries an operation out with a session that was given to it', async () => {
    const ada = await portal.given.person({ username: 'ada_in_the_docs' });
    await page.locator('.auth-wrapper .authorize').first().click();
    await page.locator('#auth-bearer-value').fill(ada.token);
    await page.locator('.auth-container:has(#auth-bearer-value) .authorize').click();
    await page.locator('.close-modal').click();
    const { status, body } = await tryOut('Users-getMe');
    expect(status).toBe('200');
    expect(body).toContain('ada_in_the_docs');
  });

  test('is signed in by executing an operation that sets the cookie, until it is signed out', async () => {
    const own = await browser.context.newPage();
    const { complaints } = watch(own);
    await own.goto(`${base}/docs`);
    await own.waitForSelector('.opblock');
    expect(await own.locator('#session').textContent()).toStartWith('Not signed in.');
    await own.locator('.auth-wrapper .authorize').first().click();
    // The one that needs nothing but the token comes first; a cookie cannot be typed in.
    expect(await own.locator('.auth-container h4 code').allTextContents()).toEqual(['bearer', 'publicKey', 'botKey']);
    await own.locator('#api_key_value').first().fill(portal.modules.publicKey.current());
    await own.locator('.auth-container:has(code:text-is("publicKey")) .authorize').click();
    await own.locator('.close-modal').click();

    const grace = await portal.given.person({ username: 'grace_in_the_docs' });
    const { code } = await portal.database.units.run('given code', ({ db }) =>
      portal.modules.loginCodes.makeForConsole(db, grace.id),
    );
    const verify = own.locator('#operations-Authentication-verifyLoginCode');
    await verify.locator('.opblock-summary-control').click();
    await verify.locator('.try-out__btn').click();
    await verify.locator('textarea').fill(JSON.stringify({ code }));
    await verify.locator('.execute').click();
    await own.locator('#session', { hasText: 'Signed in as grace_in_the_docs' }).waitFor();
    // Not a reload, after which the operation would be open.
    for (const address of ['about:blank', `${base}/docs`]) await own.goto(address);
    const me = own.locator('#operations-Users-getMe');
    await me.locator('.authorization__btn.locked, .authorization__btn[aria-label*="locked"]').waitFor();
    await me.locator('.opblock-summary-control').click();
    await me.locator('.try-out__btn').click();
    await me.locator('.execute').click();
    await me.locator('.live-responses-table', { hasText: 'grace_in_the_docs' }).waitFor();
    await own.locator('#session button').click();
    await own.locator('#session', { hasText: 'Not signed in.' }).waitFor();
    expect((await own.request.get(`${base}/v1/users/me`)).status()).toBe(401);
    expect(complaints).toEqual([]);
    await own.close();
  });

  test('asks nobody but this instance, and nothing goes wrong in it', () => {
    const origins = new Set(seen.requests.map((url) => new URL(url).origin));
    expect([...origins]).toEqual([base]);
    expect(seen.complaints).toEqual([]);
  });

  test('could not ask anybody else, and runs no script that stands in a page', async () => {
    const other = await browser.context.newPage();
    const { complaints } = watch(other);
    await other.goto(`${base}/docs`);
    const isRun = await other.evaluate(async (address) => {
      const script = document.createElement('script');
      script.textContent = 'window.isRun = true';
      document.body.append(script);
      await fetch(address).catch(() => undefined);
      return 'isRun' in window;
    }, 'http://127.0.0.1:9/');
    expect(isRun).toBe(false);
    expect(complaints.filter((text) => text.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(2);
    await other.close();
  });

  test('keeps its large files for good, and asks for the description each time', async () => {
    const html = await (await fetch(`${base}/docs`)).text();
    const files = [...html.matchAll(/<(?:link|script) [^>]*(?:href|src)="([^"]+)"/g)].map(([, path]) => path as string);
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const path of files) {
      expect(path).toStartWith('/');
      const response = await fetch(base + path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      await response.body?.cancel();
    }
    expect((await fetch(`${base}/openapi.json`)).headers.get('cache-control')).toBe('no-cache');
  });

  test('has a policy without exceptions; what is no page may load nothing at all', async () => {
    const policyOf = async (path: string) => (await fetch(base + path)).headers.get('content-security-policy');
    expect(await policyOf('/docs')).toStartWith("default-src 'none'; script-src 'self';");
    expect(await policyOf('/docs')).not.toContain('unsafe');
    for (const path of ['/', '/openapi.json', '/avatars/discord_0.svg', '/nowhere']) {
      expect(await policyOf(path)).toBe("default-src 'none'; frame-ancestors 'none'");
    }
  });
});
