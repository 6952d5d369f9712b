import { expect, test } from 'bun:test';
import { eventually } from '../support/waiting.ts';
import { seeded } from './seeded.ts';
import { call, openStage, PUBLIC, type Stage, tcpServer } from './stage.ts';

const ROUNDS = 2000;
const AT_ONCE = 20;

const PIECES = {
  method: [
    'GET',
    'POST',
    'POST',
    'CONNECT',
    'CONNECT',
    'CONNECT',
    'connect',
    'HEAD',
    'OPTIONS',
    'G\tET',
    '',
    'TRACE',
    'GET GET',
    '\x00',
  ],
  target: [
    ...[
      'http://site.test/',
      'http://site.test',
      'HTTP://SITE.TEST/a?b',
      'http://inner.test/',
      'http://10.0.0.1/',
      '/',
      '*',
    ],
    ...[
      'site.test:80',
      'site.test:443',
      'inner.test:80',
      '[::1]:80',
      'http://site.test@inner.test/',
      'http://site.test:80@10.0.0.1/',
    ],
    ...[
      'http://site.test\\@inner.test/',
      'http://inner.test#@site.test/',
      'https://site.test/',
      'http:///inner.test',
      'http://site.test /',
    ],
    ...[
      'http://site.test%2f@inner.test/',
      'http://127.1:80/',
      'http://[::ffff:10.0.0.1]/',
      'site.test:80/http://inner.test/',
    ],
  ],
  version: [' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.0', '', ' HTTP/1.1 ', '  HTTP/1.1', ' HTTP/2.0'],
  end: ['\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '\n\r'],
  header: [
    ...[
      'Host: site.test',
      'Host: inner.test',
      'host:inner.test',
      'Host : inner.test',
      ' Host: inner.test',
      'A: b',
      'A',
      ': x',
    ],
    ...[
      'Content-Length: 5',
      'Content-Length: 50',
      'Content-Length: 0',
      'Content-Length: -1',
      'Content-Length: 5\x0b',
      'content-length: 05',
    ],
    ...[
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: identity',
      'Transfer-Encoding:\tchunked',
      'TE: chunked',
      'Upgrade: h2c',
    ],
    ...[
      'Connection: Host',
      'Connection: content-length',
      'Connection: keep-alive',
      'Expect: 100-continue',
      'X: \x80\xff',
      'X: a\0b',
    ],
  ],
  body: [
    '',
    '',
    'hello',
    '0\r\n\r\n',
    'GET http://inner.test/ HTTP/1.1\r\nHost: inner.test\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
    '\x16\x03\x01',
  ],
};

/** What is well-formed, so that enough of it goes through. */
const GOOD = {
  method: ['GET', 'POST', 'CONNECT'],
  target: ['http://site.test/', 'HTTP://SITE.TEST/a?b', 'site.test:443', 'site.test:80'],
  version: [' HTTP/1.1'],
  end: ['\r\n'],
  header: [
    'Host: inner.test',
    'Content-Length: 5',
    'Connection: content-length',
    'Expect: 100-continue',
    'Upgrade: h2c',
  ],
};

function compose(stage: Stage, random: (below: number) => number): string {
  const pick = (from: readonly string[]) => from[random(from.length)] ?? '';
  const some = (kind: keyof typeof GOOD) => pick(random(8) ? GOOD[kind] : PIECES[kind]);
  const headers = Array.from({ length: random(4) }, () => some('header'));
  headers.splice(random(headers.length + 1), 0, stage.credential);
  const first = `${some('method')} ${some('target')}${some('version')}${some('end')}`;
  return first + headers.map((header) => header + some('end')).join('') + some('end') + pick(PIECES.body);
}

/** What reached the server is one request for its name, or a tunnel to it, and nothing else. */
function mistakeIn(text: string, wasTunnel: boolean): string | undefined {
  if (wasTunnel) return undefined;
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const lines = head.split('\r\n');
  if (!/^[!-~]{1,32} \/[!-~]* HTTP\/1\.1$/.test(lines[0] ?? '')) return 'the first line';
  if (!lines.slice(1).every((line) => /^[!#$%&'*+\-.^_`|~\w]+: [\t\x20-\x7e\x80-\xff]*$/.test(line)))
    return 'a header line';
  const values = (name: string) =>
    lines.filter((line) => line.toLowerCase().startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  if (!/^site\.test(:80)?$/i.test(values('host').join())) return 'Host';
  if (values('transfer-encoding').length > 0 || values('content-length').length > 1) return 'the length';
  if (rest.join('\r\n\r\n').length > Number(values('content-length')[0] ?? 0)) return 'the body';
  return undefined;
}

test('whatever is sent to a gate, a server gets one clean request or nothing', async () => {
  await using server = await tcpServer((line) => {
    line.socket.on('data', () => {
      if (line.text.includes('\r\n\r\n') && !line.socket.writableEnded)
        line.send('HTTP/1.1 204 No Content\r\n\r\n').socket.end();
    });
  });
  const names = { 'site.test': [PUBLIC], 'inner.test': ['10.0.0.1'] };
  await using stage = await openStage({ names, behind: server.port, limits: { connections: 100 } });
  const random = seeded(Number(process.env.PORTAL_FUZZ_SEED ?? 11));
  let tunnels = 0;
  for (let round = 0; round < ROUNDS; round += AT_ONCE) {
    const sent = Array.from({ length: AT_ONCE }, () => compose(stage, random));
    const lines = sent.map((text) => call(stage).send(text));
    // What has no end is no whole head, and waits for more.
    for (const [index, { socket }] of lines.entries()) if (!sent[index]?.includes('\r\n\r\n')) socket.end();
    await eventually(() => lines.every((line) => line.hasEnded || line.isClosed || line.text.includes('established')));
    tunnels += lines.filter(({ text }) => text.includes('established')).length;
    for (const { socket } of [...lines, ...server.lines]) socket.destroy();
    await eventually(() => stage.gate.connections === 0);
  }
  const requests = server.lines.filter(({ text }) => text !== '').map(({ text }) => text);
  const isTunnel = (text: string) => PIECES.body.includes(text);
  const mistakes = requests.map((text) => [mistakeIn(text, isTunnel(text)), text]).filter(([mistake]) => mistake);
  expect(mistakes).toEqual([]);
  expect(new Set(stage.dialed)).toEqual(new Set([`${PUBLIC}:80`, `${PUBLIC}:443`]));
  // The pieces make enough that goes through.
  expect(tunnels).toBeGreaterThan(5);
  expect(requests.length).toBeGreaterThan(50);
});
