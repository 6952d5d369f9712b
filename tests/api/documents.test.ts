import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { DOCUMENT_FILES, DOCUMENTS } from '../../src/web/documents.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

let portal: TestPortal;
const pages = new Map<string, string>();

const get = (path: string, headers: Record<string, string> = {}) =>
  portal.fetch(new Request(`http://localhost${path}`, { headers }));

beforeAll(async () => {
  portal = await testPortal();
  for (const name of Object.keys(DOCUMENTS)) pages.set(`/docs/${name}`, await (await get(`/docs/${name}`)).text());
});
afterAll(() => portal.close());

const idsIn = (html: string) => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
const linksIn = (html: string) => [...html.matchAll(/<a href="([^"]+)"/g)].map(([, href = '']) => href);

describe('the documents of an instance', () => {
  test('are pages by the policy of all pages, kept until they change', async () => {
    for (const path of pages.keys()) {
      const { status, headers } = await get(path);
      expect({ path, status, type: headers.get('content-type') }).toEqual({
        path,
        status: 200,
        type: 'text/html;charset=utf-8',
      });
      expect(headers.get('content-security-policy')).toStartWith("default-src 'none'; script-src 'self';");
      const again = await get(path, { 'if-none-match': headers.get('etag') ?? '' });
      expect({ path, status: again.status }).toEqual({ path, status: 304 });
    }
  });

  test('hold nothing that the policy of pages refuses, and no markup that was not written', () => {
    for (const [path, html] of pages) {
      expect({ path, refused: html.match(/<script|<style|\sstyle=|\son[a-z]+=/g) }).toEqual({ path, refused: null });
      expect({ path, left: html.match(/%[A-Z]+%|<!--/g) }).toEqual({ path, left: null });
    }
  });

  test('link only to what the instance serves, down to the heading', async () => {
    const broken: string[] = [];
    for (const [path, html] of pages) {
      for (const link of linksIn(html)) {
        if (/^https?:/.test(link)) continue;
        const [target = '', anchor] = link.split('#');
        const there = target === '' || target === path ? html : (pages.get(target) ?? '');
        const isServed = target === '' || pages.has(target) || (await get(target)).status === 200;
        if (!isServed || (anchor !== undefined && !idsIn(there).has(anchor))) broken.push(`${path} > ${link}`);
      }
    }
    expect(pages.size).toBeGreaterThan(3);
    expect(broken).toEqual([]);
  });

  test('are all linked from the page of the API and from each other', async () => {
    pages.set('/docs', await (await get('/docs')).text());
    for (const [path, html] of pages) {
      const missing = [...pages.keys(), '/openapi.json'].filter((one) => !linksIn(html).includes(one));
      expect({ path, missing }).toEqual({ path, missing: [] });
    }
  });

  test('for authors of clients lead to no other document that is not served: a line in src/web/documents.ts serves it', async () => {
    const served: string[] = Object.values(DOCUMENTS);
    const missing: string[] = [];
    for (const source of served.filter((one) => one.startsWith('docs/'))) {
      const text = await Bun.file(new URL(`../../${source}`, import.meta.url)).text();
      // Rules and notes for contributors are named for those who have the repository.
      for (const [, name] of text.matchAll(/\]\(([\w-]+\.md)[)#]/g))
        if (!served.includes(`docs/${name}`)) missing.push(`${source} > docs/${name}`);
    }
    expect(missing).toEqual([]);
  });

  test('come with the files that they refer to, as they are', async () => {
    for (const [name, source] of Object.entries(DOCUMENT_FILES)) {
      const original = await Bun.file(new URL(`../../${source}`, import.meta.url)).text();
      const response = await get(`/docs/${name}`);
      expect(await response.text()).toBe(original);
      expect(response.headers.get('content-type')).toMatch(/^(text\/plain|application\/json);charset=utf-8$/);
    }
  });

  test('are those that exist; any other is not found', async () => {
    for (const path of ['/docs/nothing', '/docs/live.html', '/docs/..%2Fclaim', '/docs/%2e%2e%2fclaim.html']) {
      const { status, body } = await portal.nobody.get(path);
      expect({ path, status, code: body.code }).toEqual({ path, status: 404, code: 'ERR_NOT_FOUND' });
    }
  });
});
