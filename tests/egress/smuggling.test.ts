import { describe, expect, test } from 'bun:test';
import { eventually } from '../support/waiting.ts';
import { ask, call, echoServer, openStage, PUBLIC, type Stage, tcpServer } from './stage.ts';

const names = { 'site.test': [PUBLIC], 'other.test': [PUBLIC], 'inner.test': ['10.0.0.1'] };

/** Sends bytes as they are, and reads what comes back. */
async function raw(stage: Stage, text: string) {
  const line = call(stage).send(text);
  await line.whole();
  line.socket.destroy();
  return line;
}

describe('a head that two programs could read differently', () => {
  const cred = '<credential>';
  test.each([
    ['lone line feeds', `GET http://site.test/ HTTP/1.1\n${cred}\n\n`],
    ['a lone line feed among others', `GET http://site.test/ HTTP/1.1\r\nA: b\nHost: inner.test\r\n${cred}\r\n\r\n`],
    ['a lone carriage return', `GET http://site.test/ HTTP/1.1\r\nA: b\rHost: inner.test\r\n${cred}\r\n\r\n`],
    ['a folded line', `GET http://site.test/ HTTP/1.1\r\nA: b\r\n Host: inner.test\r\n${cred}\r\n\r\n`],
    ['a line folded by a tab', `GET http://site.test/ HTTP/1.1\r\n\tA: b\r\n${cred}\r\n\r\n`],
    ['a space before the colon', `GET http://site.test/ HTTP/1.1\r\nContent-Length : 5\r\n${cred}\r\n\r\nhello`],
    ['a field without a name', `GET http://site.test/ HTTP/1.1\r\n: x\r\n${cred}\r\n\r\n`],
    ['a line without a colon', `GET http://site.test/ HTTP/1.1\r\nnothing\r\n${cred}\r\n\r\n`],
    ['a NUL', `GET http://site.test/ HTTP/1.1\r\nA: b\0c\r\n${cred}\r\n\r\n`],
    ['a DEL', `GET http://site.test/ HTTP/1.1\r\nA: b\x7fc\r\n${cred}\r\n\r\n`],
    ['two hosts', `GET http://site.test/ HTTP/1.1\r\nHost: site.test\r\nHost: inner.test\r\n${cred}\r\n\r\n`],
    [
      'two lengths',
      `POST http://site.test/ HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n${cred}\r\n\r\nhello!`,
    ],
    [
      'one length twice',
      `POST http://site.test/ HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n${cred}\r\n\r\nhello`,
    ],
    ['a list of lengths', `POST http://site.test/ HTTP/1.1\r\nContent-Length: 5, 5\r\n${cred}\r\n\r\nhello`],
    ['a length with a sign', `POST http://site.test/ HTTP/1.1\r\nContent-Length: +5\r\n${cred}\r\n\r\nhello`],
    ['a length in other digits', `POST http://site.test/ HTTP/1.1\r\nContent-Length: 0x5\r\n${cred}\r\n\r\nhello`],
    ['an empty length', `POST http://site.test/ HTTP/1.1\r\nContent-Length:\r\n${cred}\r\n\r\nhello`],
    ['chunks', `POST http://site.test/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${cred}\r\n\r\n0\r\n\r\n`],
    [
      'chunks and a length',
      `POST http://site.test/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n${cred}\r\n\r\n0\r\n\r\n`,
    ],
    [
      'chunks by another name',
      `POST http://site.test/ HTTP/1.1\r\ntransfer-encoding: xchunked\r\n${cred}\r\n\r\n0\r\n\r\n`,
    ],
    ['two spaces', `GET  http://site.test/ HTTP/1.1\r\n${cred}\r\n\r\n`],
    ['a space in the address', `GET http://site.test/a b HTTP/1.1\r\n${cred}\r\n\r\n`],
    ['a tab in the address', `GET http://site.test/a\tb HTTP/1.1\r\n${cred}\r\n\r\n`],
    ['a fragment', `GET http://site.test/#inner.test HTTP/1.1\r\n${cred}\r\n\r\n`],
    ['other bytes in the address', `GET http://site.test/\xe4 HTTP/1.1\r\n${cred}\r\n\r\n`],
    ['a body in a tunnel', `CONNECT site.test:443 HTTP/1.1\r\nContent-Length: 5\r\n${cred}\r\n\r\nhello`],
    ['an empty body in a tunnel', `CONNECT site.test:443 HTTP/1.1\r\nContent-Length: 0\r\n${cred}\r\n\r\n`],
    ['chunks in a tunnel', `CONNECT site.test:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${cred}\r\n\r\n`],
    ['an address in a tunnel', `CONNECT http://site.test:443/ HTTP/1.1\r\n${cred}\r\n\r\n`],
    ['a tunnel without a port', `CONNECT site.test HTTP/1.1\r\n${cred}\r\n\r\n`],
    ['a path alone', `GET / HTTP/1.1\r\nHost: site.test\r\n${cred}\r\n\r\n`],
    ['a star', `OPTIONS * HTTP/1.1\r\nHost: site.test\r\n${cred}\r\n\r\n`],
    ['no scheme', `GET //site.test/ HTTP/1.1\r\n${cred}\r\n\r\n`],
    ['one slash', `GET http:/site.test/ HTTP/1.1\r\n${cred}\r\n\r\n`],
    ['a method of many letters', `${'A'.repeat(33)} http://site.test/ HTTP/1.1\r\n${cred}\r\n\r\n`],
    ['257 fields', `GET http://site.test/ HTTP/1.1\r\n${'A: b\r\n'.repeat(257)}${cred}\r\n\r\n`],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['SOCKS', '\x05\x01\x00'],
    ['an empty line before', `\r\nGET http://site.test/ HTTP/1.1\r\n${cred}\r\n\r\n`],
  ])('%s: refused', async (_what, text) => {
    await using stage = await openStage({ names });
    const answer = await raw(stage, text.replace(cred, stage.credential));
    expect(answer.status).toBe(400);
    expect([stage.looked, stage.dialed]).toEqual([[], []]);
  });

  test.each([
    ['HTTP/1.0', 505],
    ['HTTP/2.0', 505],
    ['HTTP/0.9', 505],
    ['HTTP/1.10', 505],
    ['http/1.1', 400],
    ['ICY/1.1', 400],
  ])('version %s: %d', async (version, status) => {
    await using stage = await openStage({ names });
    expect((await ask(stage, `GET http://site.test/ ${version}`)).status).toBe(status);
    expect(stage.dialed).toEqual([]);
  });

  test('HTTP/2 that is known beforehand: refused', async () => {
    await using stage = await openStage({ names });
    expect((await raw(stage, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).status).toBe(505);
  });
});

describe('an authority', () => {
  test.each([
    ...['user@site.test', 'user:password@site.test', 'site.test@inner.test', 'inner.test@site.test', '@site.test'],
    ...[
      'site.test:0',
      'site.test:65536',
      'site.test:080',
      'site.test:',
      'site.test:80:80',
      'site.test:http',
      ':80',
      '',
    ],
    ...['[::1', '::1', '::1:80', '[::1]80', '[fe80::1%25eth0]', '[fe80::1%eth0]', '[site.test]', '[]'],
    ...[
      'site..test',
      '.site.test',
      'site.test..',
      'site.test\\inner.test',
      'site.test,inner.test',
      'site%2etest',
      '%73ite.test',
    ],
    ...['b\xfccher.example', 'site.test;', '*', '127.0.0.1.5', '256.0.0.1', '127.0.0.08', 'site.test%00.inner.test'],
  ])('%p is none', async (authority) => {
    await using stage = await openStage({ names });
    const port = /:\d*$/.test(authority) ? '' : ':443';
    for (const first of [`GET http://${authority}/ HTTP/1.1`, `CONNECT ${authority}${port} HTTP/1.1`]) {
      expect((await ask(stage, first)).status).toBe(400);
    }
    expect([stage.looked, stage.dialed]).toEqual([[], []]);
  });

  test('with a dot at its end, in capitals or in Punycode is a name as any other', async () => {
    await using server = await echoServer();
    await using stage = await openStage({
      names: { ...names, 'xn--bcher-kva.example': [PUBLIC] },
      behind: server.port,
    });
    for (const name of ['site.test.', 'SITE.test', 'XN--bcher-kva.example']) {
      expect((await ask(stage, `GET http://${name}/ HTTP/1.1`)).status).toBe(200);
    }
    expect(stage.looked).toEqual(['site.test', 'site.test', 'xn--bcher-kva.example']);
  });

  test.each(['https', 'ftp', 'ws', 'wss', 'file', 'gopher', 'data', 'HTTPS'])('of %s: is not open', async (scheme) => {
    await using stage = await openStage({ names });
    expect((await ask(stage, `GET ${scheme}://site.test/ HTTP/1.1`)).status).toBe(403);
    expect([stage.looked, stage.dialed]).toEqual([[], []]);
  });

  test.each(['TRACE', 'TRACK', 'connect', 'Connect', 'trace'])('%s is no method for a request', async (method) => {
    await using stage = await openStage({ names });
    expect((await ask(stage, `${method} http://site.test/ HTTP/1.1`)).status).toBe(501);
    expect([stage.looked, stage.dialed]).toEqual([[], []]);
  });
});

describe('what goes on to a server', () => {
  const sent = async (...lines: string[]) => {
    await using server = await echoServer();
    await using stage = await openStage({ names, behind: server.port });
    const { text } = await ask(stage, 'GET http://site.test:8080?q HTTP/1.1', ...lines);
    return text.split('\r\n\r\n')[1]?.split('\r\n');
  };

  test('names the host of the address, whatever Host says', async () => {
    expect(await sent('Host: inner.test')).toEqual(['GET /?q HTTP/1.1', 'Host: site.test:8080', 'Connection: close']);
  });

  test('has nothing that concerns the proxy or the connection', async () => {
    const lines = await sent(
      ...[
        'Proxy-Connection: keep-alive',
        'Connection: keep-alive, X-Own , Upgrade',
        'X-Own: 1',
        'Keep-Alive: 5',
        'TE: trailers',
      ],
      ...['Upgrade: websocket', 'HTTP2-Settings: AAMAAABk', 'Expect: 100-continue', 'X-Other: \xe4'],
    );
    expect(lines).toEqual(['GET /?q HTTP/1.1', 'Host: site.test:8080', 'X-Other: \xe4', 'Connection: close']);
  });

  test('bears its length, although Connection names it', async () => {
    await using server = await echoServer();
    await using stage = await openStage({ names, behind: server.port });
    const head = `POST http://site.test/ HTTP/1.1\r\n${stage.credential}\r\nConnection: Content-Length\r\nContent-Length: 4\r\n\r\n`;
    const { text } = await raw(stage, `${head}body`);
    expect(text).toContain('Content-Length: 4\r\nConnection: close\r\n\r\nbody');
  });
});

describe('what comes with a head', () => {
  test.each([0, 1, 2])('is its body: %d bytes', async (length) => {
    await using server = await echoServer();
    await using stage = await openStage({ names, behind: server.port });
    const head = `POST http://site.test/ HTTP/1.1\r\n${stage.credential}\r\nContent-Length: ${length}\r\n\r\n`;
    const browser = call(stage).send(head + 'x'.repeat(length));
    await browser.whole();
    await eventually(() => server.lines[0]?.text.endsWith(`\r\n\r\n${'x'.repeat(length)}`) === true);
    browser.socket.destroy();
  });
});

describe('a second request on one connection', () => {
  const second = (stage: Stage) => `GET http://other.test/second HTTP/1.1\r\n${stage.credential}\r\n\r\n`;

  test('sent at once goes nowhere', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const first = `GET http://site.test/first HTTP/1.1\r\n${stage.credential}\r\n\r\n`;
    expect((await raw(stage, first + second(stage))).text).toBe('');
    expect(stage.dialed).toEqual([`${PUBLIC}:80`]);
    expect(stage.looked).toEqual(['site.test']);
    expect(server.lines.map(({ text }) => text).join()).not.toContain('second');
  });

  test('sent behind a body goes nowhere', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const head = `POST http://site.test/first HTTP/1.1\r\n${stage.credential}\r\nContent-Length: 4\r\n\r\n`;
    const browser = call(stage).send(`${head}body`);
    const site = await server.next();
    await site.until('body');
    browser.send(second(stage));
    await Promise.all([browser.whole(), site.whole()]);
    expect(site.text).toEndWith('\r\n\r\nbody');
    expect(stage.looked).toEqual(['site.test']);
  });

  test('sent after the answer goes nowhere', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const browser = call(stage).send(`GET http://site.test/first HTTP/1.1\r\n${stage.credential}\r\n\r\n`);
    const site = await server.next();
    site.send('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok');
    await browser.until('ok');
    expect(browser.text).toBe('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
    browser.send(second(stage));
    await Promise.all([browser.whole(), site.whole()]);
    expect(site.text).not.toContain('second');
    expect(stage.looked).toEqual(['site.test']);
  });

  test('after a refusal goes nowhere', async () => {
    await using stage = await openStage({ names });
    const browser = call(stage).send(`GET http://inner.test/ HTTP/1.1\r\n${stage.credential}\r\n\r\n${second(stage)}`);
    await browser.whole();
    browser.send(second(stage));
    browser.socket.end();
    await eventually(() => stage.gate.connections === 0);
    expect(browser.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect([stage.looked, stage.dialed]).toEqual([['inner.test'], []]);
  });
});
