import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { PAGES } from '../../src/web/pages.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

let portal: TestPortal;
let loaded: string[];

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  portal.fetch(new Request(`http://localhost${path}`, { method, headers }));
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

beforeAll(async () => {
  portal = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_PUBLIC: '1000' } });
  const pages = await Promise.all(['/claim', '/docs'].map(async (path) => (await get(path)).text()));
  const named = pages.flatMap((html) =>
    [...html.matchAll(/<(?:link|script) [^>]*(?:href|src)="([^"]+)"/g)].map(([, path]) => path ?? ''),
  );
  loaded = [...new Set(named)];
});
afterAll(() => portal.close());

const large = () => loaded.find((path) => /docs-.*\.js$/.test(path)) ?? 'none';

describe('what a page loads', () => {
  test('is named by its content and kept for good, of the type that it is', async () => {
    expect(loaded.length).toBeGreaterThanOrEqual(5);
    const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
    for (const path of loaded) {
      const [, ending = ''] = /^\/assets\/[\w-]+-[a-z0-9]{8}\.(js|css|svg)$/.exec(path) ?? [];
      const { status, headers } = await get(path);
      expect({ path, status }).toEqual({ path, status: 200 });
      expect(headers.get('content-type')).toStartWith(types[ending] ?? 'unknown');
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  test('comes as small as the client can take it, and the same whichever way', async () => {
    const plain = await bytesOf(await get(large()));
    const compressed = async (accept: string) => {
      const response = await get(large(), { 'accept-encoding': accept });
      return { encoding: response.headers.get('content-encoding'), body: await bytesOf(response) };
    };
    const [br, gzip] = [await compressed('gzip, deflate, br, zstd'), await compressed('gzip')];
    expect([br.encoding, gzip.encoding]).toEqual(['br', 'gzip']);
    expect(brotliDecompressSync(br.body).equals(plain)).toBe(true);
    expect(gunzipSync(gzip.body).equals(plain)).toBe(true);
    expect(br.body.length).toBeLessThan(plain.length / 2);
    expect((await get(large())).headers.get('vary')).toBe('Accept-Encoding');
  });

  test.each([
    ['br', 'br'],
    ['BR', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0.000, gzip;q=0', null],
    ['*', 'br'],
    ['*;q=0.1, br;q=0', 'gzip'],
    ['identity', null],
    ['identity;q=0.9, gzip;q=0.8', null],
    ['gzip;q=0.2, identity;q=0', 'gzip'],
    ['zstd, deflate', null],
    ['identity;q=0, *;q=0', null],
    ['', null],
    [',;q=,br;q=x', null],
  ])('for Accept-Encoding: %s comes as %s', async (accept, encoding) => {
    const { status, headers } = await get(large(), { 'accept-encoding': accept });
    expect({ status, encoding: headers.get('content-encoding') }).toEqual({ status: 200, encoding });
  });

  test('is 404 when there is no such file, whatever is tried', async () => {
    for (const name of ['nothing.js', 'docs-00000000.js', '..%2fclaim.html', '%2e%2e%2fdocs.html', 'claim.html', ''])
      expect((await get(`/assets/${name}`)).status).toBe(404);
    // Compressed files are answers and have no address.
    for (const ending of ['br', 'gz']) expect((await get(`${large()}.${ending}`)).status).toBe(404);
  });

  test('counts against no limit, as one page loads many', async () => {
    expect((await get(large())).headers.get('ratelimit-limit')).toBeNull();
    expect((await get('/docs')).headers.get('ratelimit-limit')).toBe('1000');
  });
});

describe('a page', () => {
  test.each(['/claim', '/docs'])('%s is asked for again each time, and sent only when it has changed', async (path) => {
    const first = await get(path, { 'accept-encoding': 'br' });
    expect(first.headers.get('cache-control')).toBe('no-cache, no-transform');
    const etag = first.headers.get('etag') ?? '';
    for (const named of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { 'accept-encoding': 'br', 'if-none-match': named });
      expect({ named, status: again.status, body: await again.text() }).toEqual({ named, status: 304, body: '' });
      expect(again.headers.get('etag')).toBe(etag);
      // A browser takes over the headers that come with a 304.
      expect(again.headers.get('content-security-policy')).toBe(first.headers.get('content-security-policy'));
    }
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('holds its own names in markup, and this instance’s public key', async () => {
    const html = await (await get('/claim')).text();
    expect(html).toContain(`content="${portal.modules.publicKey.current()}"`);
    expect(html).not.toMatch(/__[A-Z_]+__/);
  });

  test('has another tag once it says something else', async () => {
    await using fresh = await testPortal();
    const page = async () => fresh.fetch(new Request('http://localhost/claim'));
    const before = await page();
    await fresh.given.owner();
    const after = await page();
    expect(await after.text()).toContain('This instance has its Owner already.');
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
  });

  test('holds no script and no style of its own, as its policy forbids both', async () => {
    for (const path of ['/claim', '/docs']) {
      const html = await (await get(path)).text();
      expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/i);
    }
  });

  test('of the list is built', async () => {
    const { buildWeb } = await import('../../src/build/web.ts');
    const built = await buildWeb('fast');
    expect(Object.keys(PAGES).filter((name) => !built.has(`${name}.html`))).toEqual([]);
  });

  test('answers HEAD as GET, without the page', async () => {
    const head = await get('/docs', {}, 'HEAD');
    expect([head.status, head.headers.get('etag')]).toEqual([200, (await get('/docs')).headers.get('etag')]);
  });
});

describe('a default picture', () => {
  test('is kept for a day, then asked for by its tag', async () => {
    const first = await get('/avatars/discord_0.svg');
    expect(first.headers.get('cache-control')).toBe('public, max-age=86400');
    const etag = first.headers.get('etag') ?? '';
    expect((await get('/avatars/discord_0.svg', { 'if-none-match': etag })).status).toBe(304);
    expect((await get('/avatars/discord_1.svg', { 'if-none-match': etag })).status).toBe(200);
  });
});

test('the description of the API is sent only when it has changed, and small', async () => {
  const first = await get('/openapi.json', { 'accept-encoding': 'br' });
  expect(first.headers.get('cache-control')).toBe('no-cache');
  expect((await bytesOf(first)).length).toBeLessThan(100_000);
  const again = await get('/openapi.json', {
    'accept-encoding': 'br',
    'if-none-match': first.headers.get('etag') ?? '',
  });
  expect(again.status).toBe(304);
});
