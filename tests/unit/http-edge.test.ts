import { describe, expect, test } from 'bun:test';
import { type Logger, silentLogger } from '../../src/core/logger.ts';
import { sessionTokensIn } from '../../src/core/session-cookie.ts';
import { createClientIps } from '../../src/http/client-ip.ts';
import { type CookieSettings, clearedCookieHeaders, sessionCookieHeaders } from '../../src/http/cookies.ts';
import { credentialsOf } from '../../src/http/credentials.ts';
import { createOrigins } from '../../src/http/origins.ts';

describe('the client’s address', () => {
  const of = (trusted: string[], peer: string, forwarded?: string) =>
    createClientIps(trusted, silentLogger).of(
      peer,
      new Headers(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
    );

  test.each([
    ['nobody is trusted: the peer', [], '10.0.0.1', '203.0.113.9', '10.0.0.1'],
    ['no header: the proxy itself', ['10.0.0.0/8'], '10.0.0.1', undefined, '10.0.0.1'],
    ['an empty header: the proxy itself', ['10.0.0.0/8'], '10.0.0.1', '', '10.0.0.1'],
    ['one trusted proxy: what it wrote', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['an untrusted peer: the peer', ['10.0.0.0/8'], '192.0.2.1', '203.0.113.9', '192.0.2.1'],
    ['further left is the client’s own word', ['10.0.0.1'], '10.0.0.1', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['a chain of trusted proxies', ['10.0.0.0/8'], '10.0.0.1', '1.1.1.1, 203.0.113.9, 10.0.0.7', '203.0.113.9'],
    ['trusted all the way: the first', ['10.0.0.0/8'], '10.0.0.1', '10.0.0.9, 10.0.0.7', '10.0.0.9'],
    ['rubbish ends the chain', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.9, unknown, 10.0.0.7', '10.0.0.7'],
    ['rubbish alone', ['10.0.0.0/8'], '10.0.0.1', 'localhost', '10.0.0.1'],
    ['a port belongs to no address', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.9:443', '203.0.113.9'],
    ['IPv6 in brackets', ['10.0.0.0/8'], '10.0.0.1', '[2001:db8::1]', '2001:db8::1'],
    ['IPv6 in brackets with a port', ['10.0.0.0/8'], '10.0.0.1', '1.1.1.1, [2001:DB8:0::1]:443', '2001:db8::1'],
    ['IPv6 in quotes', ['10.0.0.0/8'], '10.0.0.1', '"[2001:db8::1]:443"', '2001:db8::1'],
    ['a trusted hop with a port', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.9, 10.0.0.7:8080', '203.0.113.9'],
    ['mapped in hexadecimal', ['127.0.0.1'], '::ffff:7f00:1', '0:0:0:0:0:FFFF:CB00:7109', '203.0.113.9'],
    ['a mapped range is a range', ['::ffff:10.0.0.0/104'], '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['a zone is no matter', ['fe80::/10'], 'fe80::1%eth0', '203.0.113.9', '203.0.113.9'],
    ['too many colons are rubbish', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.9:443:1', '10.0.0.1'],
    ['blanks are no matter', ['10.0.0.0/8'], '10.0.0.1', '  203.0.113.9  ', '203.0.113.9'],
    ['IPv4 mapped into IPv6 is IPv4', ['127.0.0.1'], '::ffff:127.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['IPv6', ['fd00::/8'], 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['IPv6 outside the range', ['fd00::/8'], '2001:db8::2', '2001:db8::1', '2001:db8::2'],
    ['a peer without an address', ['10.0.0.0/8'], '', '203.0.113.9', ''],
  ] as const)('%s', (_, trusted, peer, forwarded, expected) => {
    expect(of([...trusted], peer, forwarded)).toBe(expected);
  });

  test('made up by a stranger is warned of, once', () => {
    const warned: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (message, fields) => void warned.push([message, fields]) };
    const ips = createClientIps([], logger);
    for (let call = 0; call < 3; call++) ips.of('10.0.0.1', new Headers({ 'x-forwarded-for': '1.1.1.1' }));
    ips.of('10.0.0.1', new Headers());
    expect(warned).toHaveLength(1);
    expect(JSON.stringify(warned)).toContain('PORTAL_TRUST_PROXY');
    expect(JSON.stringify(warned)).not.toContain('1.1.1.1');
  });
});

describe('origins', () => {
  test('with a public address that one is own, whatever the Host header says', () => {
    const origins = createOrigins({ publicUrl: 'https://chat.example/', allowed: ['https://friend.example/'] });
    expect(origins.mayAct('https://chat.example', undefined)).toBe(true);
    expect(origins.mayAct('https://friend.example', 'x')).toBe(true);
    for (const origin of [
      'http://chat.example',
      'https://chat.example:8443',
      'https://chat.example.evil.example',
      'https://sub.chat.example',
      'https://chat.example/',
      'HTTPS://CHAT.EXAMPLE',
      'https://evil.example',
      'null',
      '',
    ])
      expect({ origin, may: origins.mayAct(origin, 'evil.example') }).toEqual({ origin, may: false });
  });

  test('without one, what the request was sent to is own', () => {
    const origins = createOrigins({ publicUrl: undefined, allowed: [] });
    expect(origins.mayAct('http://localhost:7331', 'localhost:7331')).toBe(true);
    expect(origins.mayAct('https://localhost:7331', 'localhost:7331')).toBe(true);
    expect(origins.mayAct('http://localhost:7332', 'localhost:7331')).toBe(false);
    expect(origins.mayAct('ftp://localhost:7331', 'localhost:7331')).toBe(false);
    expect(origins.mayAct('http://localhost:7331', undefined)).toBe(false);
    expect(origins.mayAct('null', 'null')).toBe(false);
  });

  test('may read answers only when they were allowed by configuration', () => {
    const origins = createOrigins({ publicUrl: 'https://chat.example', allowed: ['https://friend.example'] });
    expect(origins.isAllowed('https://friend.example')).toBe(true);
    expect(origins.isAllowed('https://chat.example')).toBe(false);
    expect(origins.isAllowed('null')).toBe(false);
  });
});

describe('cookies', () => {
  const plain: CookieSettings = { secure: false, sameSite: 'lax', domain: undefined };
  const expires = Date.UTC(2026, 0, 31);

  test('are HttpOnly and Lax for the whole host', () => {
    expect(sessionCookieHeaders('token', expires, plain)).toEqual([
      'psession=token; HttpOnly; Path=/; SameSite=Lax; Expires=Sat, 31 Jan 2026 00:00:00 GMT',
    ]);
  });

  test('are Secure over https, and always with SameSite=None, which browsers want', () => {
    expect(sessionCookieHeaders('token', expires, { ...plain, secure: true })[0]).toEndWith('; Secure');
    const [none] = sessionCookieHeaders('token', expires, { ...plain, sameSite: 'none' });
    expect(none).toContain('SameSite=None');
    expect(none).toContain('Secure');
  });

  test('are taken away by the same attributes, in the past', () => {
    const settings: CookieSettings = { secure: true, sameSite: 'none', domain: 'example.com' };
    const shape = (headers: string[]) =>
      headers.map((header) => header.replace(/^psession=\w*/, '').replace(/Expires=[^;]+/, ''));
    expect(shape(clearedCookieHeaders(settings))).toEqual(shape(sessionCookieHeaders('token', expires, settings)));
    expect(clearedCookieHeaders(settings)[1]).toContain('Expires=Thu, 01 Jan 1970 00:00:00 GMT');
    expect(clearedCookieHeaders(settings)[1]).toContain('Domain=example.com');
  });

  test('for a domain take the one of the host alone away, which an earlier configuration has left', () => {
    const settings: CookieSettings = { ...plain, domain: 'example.com' };
    for (const headers of [sessionCookieHeaders('token', expires, settings), clearedCookieHeaders(settings)]) {
      expect(headers).toHaveLength(2);
      expect(headers[0]).toStartWith(
        'psession=; HttpOnly; Path=/; SameSite=Lax; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      );
      expect(headers[0]).not.toContain('Domain');
      expect(headers[1]).toContain('Domain=example.com');
    }
  });

  test.each([
    ['psession=abc', 'abc'],
    ['a=1; psession=abc; b=2', 'abc'],
    ['a=1;psession=a-b_C9', 'a-b_C9'],
    ['psession=first; psession=second', 'first,second'],
    ['psession=; psession=second', 'second'],
    ['psession=a.b; psession=second; psession=second', 'second'],
    ['xpsession=abc', ''],
    ['a=psession=abc', ''],
    ['psession=', ''],
    ['psession=a b', ''],
    ['psession="abc"', ''],
    ['psession=%61', 'a'],
    [`psession=${'x'.repeat(129)}`, ''],
    ['', ''],
  ])('%s holds %s', (header, token) => {
    expect(sessionTokensIn(header).join()).toBe(token);
  });

  test('count only without a Bearer token, and it is known where the token came from', () => {
    const both = new Headers({ authorization: 'Bearer one', cookie: 'psession=two', 'x-api-key': 'three' });
    expect(credentialsOf(both)).toEqual({ tokens: ['one'], tokenFromCookie: false, apiKey: 'three' });
    const cookie = new Headers({ authorization: 'Basic one', cookie: 'psession=two' });
    expect(credentialsOf(cookie)).toEqual({ tokens: ['two'], tokenFromCookie: true, apiKey: undefined });
    expect(credentialsOf(new Headers())).toEqual({ tokens: [], tokenFromCookie: false, apiKey: undefined });
  });
});
