import { describe, expect, test } from 'bun:test';
import { ask, call, echoServer, openStage, PUBLIC, tcpServer } from './stage.ts';

describe('a gate', () => {
  test('passes a request on to an address that was checked, and the answer back', async () => {
    await using server = await echoServer();
    await using stage = await openStage({ names: { 'site.test': [PUBLIC] }, behind: server.port });
    const answer = await ask(stage, 'GET http://site.test/a?b=c HTTP/1.1', 'Host: site.test', 'Accept: */*');
    expect(answer.text).toBe(
      [
        'HTTP/1.1 200 OK',
        'Content-Length: 90',
        'Connection: close',
        '',
        'GET /a?b=c HTTP/1.1',
        'Host: site.test',
        'Accept: */*',
        'Connection: close',
        '',
        '',
      ]
        .join('\r\n')
        .replace(
          '90',
          String('GET /a?b=c HTTP/1.1\r\nHost: site.test\r\nAccept: */*\r\nConnection: close\r\n\r\n'.length),
        ),
    );
    expect(stage.dialed).toEqual([`${PUBLIC}:80`]);
    expect(stage.looked).toEqual(['site.test']);
  });

  test('opens a tunnel, and passes on what comes with the wish', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names: { 'site.test': [PUBLIC] }, behind: server.port });
    const browser = call(stage).send(`CONNECT site.test:443 HTTP/1.1\r\n${stage.credential}\r\n\r\nearly`);
    const site = await server.next();
    await browser.until('HTTP/1.1 200 Connection established\r\n\r\n');
    await site.until('early');
    site.send('hello');
    await browser.until('hello');
    browser.send(' late');
    expect(await site.until('late')).toBe('early late');
    browser.socket.end();
    await site.whole();
    site.send(' bye').socket.end();
    expect(await browser.whole()).toEndWith('hello bye');
    expect(stage.dialed).toEqual([`${PUBLIC}:443`]);
  });
});
