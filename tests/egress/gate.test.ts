import { describe, expect, test } from 'bun:test';
import { eventually } from '../support/waiting.ts';
import { ask, call, echoServer, openStage, PUBLIC, tcpServer } from './stage.ts';

const names = { 'site.test': [PUBLIC] };

describe('a gate', () => {
  test('passes a request on to an address that was checked, and the answer back', async () => {
    await using server = await echoServer();
    await using stage = await openStage({ names, behind: server.port });
    const answer = await ask(stage, 'GET http://site.test/a?b=c HTTP/1.1', 'Host: site.test', 'Accept: */*');
    expect(answer.text).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: \d+\r\nConnection: close\r\n\r\n/);
    expect(answer.text).toEndWith('GET /a?b=c HTTP/1.1\r\nHost: site.test\r\nAccept: */*\r\nConnection: close\r\n\r\n');
    expect(stage.dialed).toEqual([`${PUBLIC}:80`]);
    expect(stage.looked).toEqual(['site.test']);
  });

  test('opens a tunnel, and passes on what comes with the wish', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
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

  test('sends the body that was announced', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const head = `POST http://site.test/ HTTP/1.1\r\n${stage.credential}\r\nContent-Length: 300000\r\n\r\n`;
    const browser = call(stage).send(`${head}${'a'.repeat(100_000)}`);
    const site = await server.next();
    browser.send('b'.repeat(200_000));
    await eventually(() => site.text.endsWith('b') && site.text.length > 300_000);
    expect(site.text.split('\r\n\r\n')[1]).toBe('a'.repeat(100_000) + 'b'.repeat(200_000));
    site.send('HTTP/1.1 204 No Content\r\n\r\n').socket.end();
    expect(await browser.whole()).toBe('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
  });

  test('greets for itself, and resolves and connects to nothing for it', async () => {
    await using stage = await openStage();
    const answer = await ask(stage, `GET ${stage.gate.greeting} HTTP/1.1`);
    expect(answer.status).toBe(204);
    expect([stage.gate.greetings, stage.dialed, stage.looked]).toEqual([1, [], []]);
  });

  test('ends every connection when it closes, and takes no more', async () => {
    await using server = await tcpServer();
    const stage = await openStage({ names, behind: server.port });
    const waiting = call(stage);
    const browser = call(stage).send(`CONNECT site.test:443 HTTP/1.1\r\n${stage.credential}\r\n\r\n`);
    const site = await server.next();
    await browser.until('established');
    await stage.gate.close();
    await Promise.all([browser.whole(), site.whole(), waiting.whole()]);
    expect(stage.gate.connections).toBe(0);
    expect(stage.timers.pending).toBe(0);
  });
});

describe('only the browser of a gate may use it', () => {
  const targets = ['GET http://site.test/ HTTP/1.1', 'CONNECT site.test:443 HTTP/1.1'];

  test.each(targets)('%s without the credential is refused before anything is resolved', async (first) => {
    await using stage = await openStage({ names });
    await using other = await openStage({ names });
    const wrong = [
      [],
      [other.credential],
      [stage.credential.slice(0, -3)],
      [stage.credential, stage.credential],
      [stage.credential.replace('Proxy-', '')],
    ];
    for (const lines of wrong) {
      const line = call(stage).send([first, ...lines, '', ''].join('\r\n'));
      expect(await line.whole()).toStartWith('HTTP/1.1 407 Proxy Authentication Required\r\n');
      expect(line.text).toContain('Proxy-Authenticate: Basic realm="Portal"\r\n');
    }
    expect([stage.looked, stage.dialed]).toEqual([[], []]);
  });

  test('what it lacks is told only after the browser had the credential', async () => {
    let lockedOut = 0;
    await using stage = await openStage({ events: { lockedOut: () => lockedOut++ } });
    const stranger = () => call(stage).send('CONNECT site.test:443 HTTP/1.1\r\n\r\n').whole();
    await stranger();
    expect(lockedOut).toBe(0);
    await ask(stage, `GET ${stage.gate.greeting} HTTP/1.1`);
    await stranger();
    expect(lockedOut).toBe(1);
  });

  test('a page of another browser that calls its port learns nothing', async () => {
    await using stage = await openStage();
    const { port } = stage.gate;
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('the credential goes to no server, in a request or in a tunnel', async () => {
    await using server = await echoServer();
    await using stage = await openStage({ names, behind: server.port });
    const secret = stage.credential.split(' ')[2] ?? '';
    const answer = await ask(stage, 'GET http://site.test/ HTTP/1.1', 'Proxy-Connection: keep-alive');
    expect(answer.text).toContain('GET / HTTP/1.1');
    const tunnel = call(stage).send(`CONNECT site.test:443 HTTP/1.1\r\n${stage.credential}\r\n\r\n`);
    await tunnel.until('established');
    tunnel.socket.destroy();
    expect(server.lines.map(({ text }) => text).join()).not.toMatch(new RegExp(`${secret}|proxy-`, 'i'));
  });
});

describe('what is refused', () => {
  const mixed = {
    'mixed.test': [PUBLIC, '10.0.0.1'],
    'later.test': ['10.0.0.1', PUBLIC],
    'mapped.test': ['::ffff:127.0.0.1'],
  };
  const inner = {
    ...mixed,
    localhost: ['127.0.0.1', '::1'],
    'loopback.test': ['127.0.0.1'],
    'metadata.google.internal': ['169.254.169.254'],
    'zone.test': ['fe80::1%eth0'],
    'nas.lan': ['192.168.1.5'],
    'garbage.test': ['no address'],
    'crowd.test': Array.from({ length: 65 }, () => PUBLIC),
  };

  test.each([...Object.keys(inner), 'nowhere.test'])(
    '%s gets the same words as a name that does not exist',
    async (name) => {
      await using stage = await openStage({ names: inner });
      for (const first of [`GET http://${name}/ HTTP/1.1`, `CONNECT ${name}:443 HTTP/1.1`]) {
        const { text } = await ask(stage, first);
        expect(text).toStartWith('HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\n');
        expect(text).toEndWith(
          `\r\n\r\n${name} is not open to the shared browser: there is no public address of this name.\n`,
        );
      }
      expect(stage.dialed).toEqual([]);
    },
  );

  test.each([
    ...[
      '127.0.0.1',
      '127.0.0.2',
      '0.0.0.0',
      '0',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '127.0.0.1.',
    ],
    ...[
      '10.0.0.1',
      '172.16.0.1',
      '192.168.0.1',
      '100.64.0.1',
      '169.254.169.254',
      '0xa9fea9fe',
      '2852039166',
      '168.63.129.16',
    ],
    ...[
      '255.255.255.255',
      '224.0.0.1',
      '240.0.0.1',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
    ],
    ...[
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '[fe80::1]',
      '[fd00:ec2::254]',
      '[ff02::1]',
      '[4000::1]',
      '[2001:db8::1]',
    ],
  ])('the literal %s is refused without a look-up', async (host) => {
    await using stage = await openStage();
    for (const first of [
      `GET http://${host}/ HTTP/1.1`,
      `GET http://${host}:8080/ HTTP/1.1`,
      `CONNECT ${host}:443 HTTP/1.1`,
    ]) {
      const answer = await ask(stage, first);
      expect(answer.status).toBe(403);
      expect(answer.text).toEndWith(
        'is not open to the shared browser: it is not an address of the public Internet.\n',
      );
    }
    expect([stage.looked, stage.dialed]).toEqual([[], []]);
  });

  test.each(['1', '22', '25', '53', '110', '465', '587', '6000', '6667'])(
    'port %s of another protocol',
    async (port) => {
      await using stage = await openStage({ names });
      for (const first of [`GET http://site.test:${port}/ HTTP/1.1`, `CONNECT site.test:${port} HTTP/1.1`]) {
        expect((await ask(stage, first)).status).toBe(403);
      }
      expect([stage.looked, stage.dialed]).toEqual([[], []]);
    },
  );

  test('neighbours of this machine, although their addresses are public', async () => {
    const { networkOf } = await import('../../src/adapters/egress/address-policy.ts');
    const networks = () => networkOf('93.184.215.200', '93.184.215.200/24');
    await using stage = await openStage({ names, networks });
    expect((await ask(stage, 'CONNECT site.test:443 HTTP/1.1')).status).toBe(403);
    expect((await ask(stage, `CONNECT ${PUBLIC}:443 HTTP/1.1`)).status).toBe(403);
    expect(stage.dialed).toEqual([]);
  });

  test('a name is looked up once for a connection, and what it becomes later does not count', async () => {
    await using server = await echoServer();
    let looks = 0;
    const turning = { 'rebind.test': () => [looks++ === 0 ? PUBLIC : '127.0.0.1'] };
    await using stage = await openStage({ names: turning, behind: server.port });
    expect((await ask(stage, 'GET http://rebind.test/ HTTP/1.1')).status).toBe(200);
    expect((await ask(stage, 'GET http://rebind.test/ HTTP/1.1')).status).toBe(403);
    expect([looks, stage.dialed]).toEqual([2, [`${PUBLIC}:80`]]);
  });
});

describe('hosts that the operator opened', () => {
  const lan = {
    'nas.lan': ['192.168.1.5'],
    'other.lan': ['192.168.1.5'],
    'bad.lan': ['169.254.169.254'],
    'half.lan': ['10.0.0.1', '0.0.0.0'],
  };
  const allowHosts = [
    'nas.lan:8080',
    '10.0.0.7',
    '[fd00::5]:80',
    'bad.lan',
    'half.lan',
    '169.254.169.254',
    '100.100.100.200',
    'smtp.lan:25',
  ];
  const open = async (first: string) => {
    await using server = await echoServer();
    await using stage = await openStage({
      names: { ...lan, 'smtp.lan': ['10.0.0.9'] },
      allowHosts,
      behind: server.port,
    });
    const { status } = await ask(stage, first);
    return { status, dialed: stage.dialed };
  };

  test.each([
    ['GET http://nas.lan:8080/ HTTP/1.1', '192.168.1.5:8080'],
    ['GET http://NAS.lan.:8080/ HTTP/1.1', '192.168.1.5:8080'],
    ['GET http://10.0.0.7/ HTTP/1.1', '10.0.0.7:80'],
    ['GET http://10.7:9000/ HTTP/1.1', '10.0.0.7:9000'],
    ['GET http://[fd00::5]/ HTTP/1.1', 'fd00::5:80'],
    ['GET http://smtp.lan:25/ HTTP/1.1', '10.0.0.9:25'],
  ])('%s is let through', async (first, dialed) => {
    expect(await open(first)).toEqual({ status: 200, dialed: [dialed] });
  });

  test.each([
    'GET http://nas.lan/ HTTP/1.1',
    'GET http://nas.lan:8081/ HTTP/1.1',
    // The host is what was opened, not the address that it has.
    'GET http://192.168.1.5:8080/ HTTP/1.1',
    'GET http://other.lan:8080/ HTTP/1.1',
    'GET http://[fd00::5]:81/ HTTP/1.1',
    'GET http://[fd00::6]/ HTTP/1.1',
    'GET http://10.0.0.7:22/ HTTP/1.1',
    // Nobody opens metadata, and what is no host.
    'GET http://bad.lan/ HTTP/1.1',
    'GET http://half.lan/ HTTP/1.1',
    'GET http://169.254.169.254/ HTTP/1.1',
    'GET http://100.100.100.200/ HTTP/1.1',
  ])('%s is not', async (first) => {
    expect(await open(first)).toEqual({ status: 403, dialed: [] });
  });
});
