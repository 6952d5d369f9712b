import { describe, expect, test } from 'bun:test';
import { loadConfig } from '../../src/config/load-config.ts';
import { openHost } from '../../src/config/readers.ts';
import { hostWithPort, hostWithPortText, webHost, webPort } from '../../src/core/web-host.ts';

describe('a host', () => {
  test.each([
    ['Example.COM', 'example.com'],
    ['example.com.', 'example.com'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['_dmarc.-odd-.example', '_dmarc.-odd-.example'],
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['0x7f000001', '127.0.0.1'],
    ['0X7F.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['127.0x000001', '127.0.0.1'],
    ['0', '0.0.0.0'],
    ['0x', '0.0.0.0'],
    ['017700000001', '127.0.0.1'],
    ['0xa9fea9fe', '169.254.169.254'],
    ['[::1]', '::1'],
    ['[0:0:0:0:0:0:0:1]', '::1'],
    ['[::FFFF:127.0.0.1]', '::ffff:7f00:1'],
    ['[::ffff:7f00:1]', '::ffff:7f00:1'],
    ['[::127.0.0.1]', '::7f00:1'],
    ['[64:ff9b::127.0.0.1]', '64:ff9b::7f00:1'],
  ])('%p is %p', (text, host) => {
    expect(webHost(text)).toBe(host);
  });

  test.each([
    '',
    '.',
    '..',
    'a..b',
    'example.com..',
    '.example.com',
    '256.1.1.1',
    '1.2.3.4.5',
    '127.0.0.08',
    '4294967296',
    '0x100000000',
    'example.0x7f',
    'example.1',
    '1.2.3.4x.5',
    '127.0.0.1..',
    '::1',
    '[::1',
    '::1]',
    '[]',
    '[::1]]',
    '[fe80::1%25eth0]',
    '[fe80::1%eth0]',
    '[v1.x]',
    '[127.0.0.1]',
    '[::127.0.0.1.]',
    '%31%32%37.0.0.1',
    '127.0.0.1%00',
    '127。0。0。1',
    '１２７.0.0.1',
    'bücher.example',
    'a b',
    'a\tb',
    'a\nb',
    'user@host',
    'host:80',
    'host/x',
    'host\\x',
    'host?x',
    'host#x',
    'a,b',
    'a;b',
    'a'.repeat(64),
    `${'a.'.repeat(127)}a.a`,
  ])('%p is none', (text) => {
    expect(webHost(text)).toBeNull();
  });
});

describe('a port', () => {
  test.each(['1', '80', '65535'])('is %p', (text) => expect(webPort(text)).toBe(Number(text)));
  test.each(['', '0', '00080', '080', '65536', '99999', '100000', '-1', '+80', '8e1', '0x50', ' 80', '80 ', '٨٠'])(
    'is not %p',
    (text) => expect(webPort(text)).toBeNull(),
  );
});

describe('a host with or without a port', () => {
  test.each([
    ['nas.example.com', { host: 'nas.example.com', port: null }, 'nas.example.com'],
    ['NAS:8080', { host: 'nas', port: 8080 }, 'nas:8080'],
    ['::1', { host: '::1', port: null }, '::1'],
    ['[::1]', { host: '::1', port: null }, '::1'],
    ['[::1]:80', { host: '::1', port: 80 }, '[::1]:80'],
    ['fd00::0:5', { host: 'fd00::5', port: null }, 'fd00::5'],
    ['127.1:80', { host: '127.0.0.1', port: 80 }, '127.0.0.1:80'],
  ])('%p is read and written', (text, read, written) => {
    expect(hostWithPort(text)).toEqual(read);
    expect(hostWithPortText(read)).toBe(written);
    expect(hostWithPort(written)).toEqual(read);
  });

  test.each(['', ':80', 'host:', 'host:0', 'host:65536', 'host:80:80', '::1:80x', 'fe80::1%eth0', '[::1]80', '[::1]:'])(
    '%p is refused',
    (text) => expect(hostWithPort(text)).toBeNull(),
  );
});

describe('a host that the operator opens', () => {
  const read = (value: string) =>
    loadConfig({ PORTAL_DATA_DIR: '/nonexistent/data', PORTAL_BROWSER_ALLOW_HOSTS: value }, {}).config.browser
      .allowHosts;

  test('is kept in the one way to write it', () => {
    expect(read('NAS.Example.com, 192.168.1.5:8080,[FD00::5]:80 ,::1,, bücher.example:81')).toEqual([
      'nas.example.com',
      '192.168.1.5:8080',
      '[fd00::5]:80',
      '::1',
      'xn--bcher-kva.example:81',
    ]);
    expect(read('')).toEqual([]);
  });

  test.each([
    ['*.example.com', 'PORTAL_BROWSER_ALLOW_HOSTS holds a mistake: "*.example.com" has a wildcard; name each host'],
    ['10.0.0.0/8', 'PORTAL_BROWSER_ALLOW_HOSTS holds a mistake: "10.0.0.0/8" is a range; name each host'],
    ['fd00::/8', 'PORTAL_BROWSER_ALLOW_HOSTS holds a mistake: "fd00::/8" is a range; name each host'],
    [
      'http://nas/',
      'PORTAL_BROWSER_ALLOW_HOSTS holds a mistake: "http://nas/" is a URL; leave out what stands before and after the host',
    ],
    ['ada:secret@nas', 'PORTAL_BROWSER_ALLOW_HOSTS must not hold user names or passwords'],
  ])('%p: a sentence says what is wrong', (value, sentence) => {
    expect(() => read(`nas, ${value}`)).toThrow(sentence);
  });

  test.each(['nas:0', 'nas:65536', 'nas:x', 'nas/x', 'a b', '[::1', '256.256.256.256', 'fe80::1%eth0'])(
    '%p is no host',
    (value) => {
      expect(() => openHost(value)).toThrow(
        `holds a mistake: "${value}" is no host or host:port such as nas.example.com, 192.168.1.5:8080 or [fd00::5]:8080`,
      );
    },
  );
});
