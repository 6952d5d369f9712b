import { describe, expect, test } from 'bun:test';
import { eventually } from '../support/waiting.ts';
import { call, openStage, PUBLIC, tcpServer } from './stage.ts';

const names = { 'site.test': [PUBLIC] };

/** What a browser gets from a server that sends this and then ends. */
async function answered(...parts: string[]): Promise<string> {
  await using server = await tcpServer((line) => {
    line.socket.once('data', () => {
      for (const part of parts) line.send(part);
      line.socket.end();
    });
  });
  await using stage = await openStage({ names, behind: server.port });
  const browser = call(stage).send(`GET http://site.test/ HTTP/1.1\r\n${stage.credential}\r\n\r\n`);
  const text = await browser.whole();
  browser.socket.destroy();
  await eventually(() => stage.gate.connections === 0);
  return text;
}

const refusal = (text: string) => [Number(text.split(' ')[1]), text.split('\r\n\r\n')[1]];

describe('an answer', () => {
  test('reaches the browser as it is, but for what concerns the connection to the server', async () => {
    const head = [
      'HTTP/1.1 200 Fine \xe4',
      'Set-Cookie: a=b',
      'Set-Cookie: c=d',
      'Connection: keep-alive, X-Own',
      'X-Own: 1',
      'Keep-Alive: timeout=5',
      'Proxy-Authenticate: Basic realm="x"',
      'Proxy-Authentication-Info: x',
      'Upgrade: h2c',
      'Transfer-Encoding: chunked',
      'Content-Length: 3',
      'X-High: \xe4',
    ];
    const body = '3\r\nabc\r\n0\r\n\r\n';
    expect(await answered(`${head.join('\r\n')}\r\n\r\n${body}`)).toBe(
      [
        ...[
          'HTTP/1.1 200 Fine \xe4',
          'Set-Cookie: a=b',
          'Set-Cookie: c=d',
          'Transfer-Encoding: chunked',
          'X-High: \xe4',
        ],
        ...['Connection: close', '', body],
      ].join('\r\n'),
    );
  });

  test('may come in any pieces, and with line feeds alone', async () => {
    const whole = 'HTTP/1.0 200 OK\nContent-Type: text/plain\n\nbody';
    expect(await answered(...whole)).toBe(
      'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nbody',
    );
  });

  test('may have lines that are none, which are left out', async () => {
    const odd = 'HTTP/1.1 200\r\nnothing\r\n folded: x\r\nA b: c\r\nGood: yes\r\n\r\n';
    expect(await answered(odd)).toBe('HTTP/1.1 200\r\nGood: yes\r\nConnection: close\r\n\r\n');
  });

  test('may be announced; the announcements stay behind', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n';
    expect(await answered('HTTP/1.1 100 Continue\r\n\r\n', early, 'HTTP/1.1 204 No Content\r\n\r\n')).toBe(
      'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n',
    );
  });

  test('that is announced for ever is none', async () => {
    const text = await answered('HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n'.repeat(10_000));
    expect(refusal(text)).toEqual([502, 'The server announces an answer again and again.\n']);
  });

  test.each([
    [
      'asks for the credential of the proxy',
      'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="Portal"\r\n\r\n',
      'answers with the status 407',
    ],
    [
      'changes the protocol',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      'answers with the status 101',
    ],
    ['is not of HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'does not answer in HTTP'],
    ['is of HTTP 0.9', '<html>\n\n</html>', 'does not answer in HTTP'],
    ['has a status that is none', 'HTTP/1.1 2000 OK\r\n\r\n', 'does not answer in HTTP'],
    ['has the status 0', 'HTTP/1.1 000 OK\r\n\r\n', 'does not answer in HTTP'],
    ['has an endless head', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(70_000)}`, 'sends too much before it answers'],
    [
      'has an endless number of lines',
      `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(12_000)}`,
      'sends too much before it answers',
    ],
    ['never came', '', 'closed the connection without an answer'],
    ['breaks off in its head', 'HTTP/1.1 200 OK\r\nA: b', 'closed the connection without an answer'],
  ])('that %s is none', async (_what, sent, sentence) => {
    expect(refusal(await answered(sent))).toEqual([502, `The server ${sentence}.\n`]);
  });

  test('that breaks off in its body does not look complete', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const browser = call(stage).send(`GET http://site.test/ HTTP/1.1\r\n${stage.credential}\r\n\r\n`);
    let broke = false;
    browser.socket.on('error', () => {
      broke = true;
    });
    const site = await server.next();
    await site.until('\r\n\r\n');
    site.send('HTTP/1.1 200 OK\r\n\r\nhalf');
    await browser.until('half');
    site.socket.resetAndDestroy();
    await eventually(() => browser.isClosed);
    expect([broke, browser.hasEnded]).toEqual([true, false]);
  });

  test('does not wait for a request that it cuts short', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const head = `POST http://site.test/ HTTP/1.1\r\n${stage.credential}\r\nContent-Length: 1000000\r\n\r\n`;
    const browser = call(stage).send(head);
    const site = await server.next();
    await site.until('\r\n\r\n');
    site.send('HTTP/1.1 413 Content Too Large\r\n\r\n').socket.end();
    expect(await browser.whole()).toBe('HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n\r\n');
  });
});

describe('a server that', () => {
  test('does not answer a connection is refused by the next address, if there is one', async () => {
    await using stage = await openStage({ names: { 'site.test': [PUBLIC, '2606:4700::1111'] } });
    const browser = call(stage).send(`CONNECT site.test:443 HTTP/1.1\r\n${stage.credential}\r\n\r\n`);
    expect(refusal(await browser.whole())).toEqual([502, 'The server does not answer.\n']);
    expect(stage.dialed).toEqual([`${PUBLIC}:443`, '2606:4700::1111:443']);
  });
});
