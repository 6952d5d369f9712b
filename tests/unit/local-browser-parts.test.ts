import { describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { ControlGroups } from '../../src/adapters/local-browser/control-groups.ts';
import {
  DevToolsError,
  type DevToolsEvent,
  DevToolsPipe,
  DevToolsSilence,
} from '../../src/adapters/local-browser/devtools-pipe.ts';
import { keyOf } from '../../src/adapters/local-browser/keys.ts';
import { Notices } from '../../src/adapters/local-browser/notices.ts';
import { Profiles } from '../../src/adapters/local-browser/profiles.ts';
import { isWebAddress, webAddress } from '../../src/adapters/web-address.ts';
import { MODIFIERS } from '../../src/ports/browser-engine.ts';
import { TestTimers } from '../support/test-timers.ts';
import { eventually } from '../support/waiting.ts';

describe('the pipe to Chromium', () => {
  function open() {
    const [reader, writer] = [new PassThrough(), new PassThrough()];
    const timers = new TestTimers();
    const pipe = new DevToolsPipe({ reader, writer, timers });
    let written = '';
    writer.on('data', (chunk: Buffer) => {
      written += chunk;
    });
    const sent = async () => {
      await eventually(() => written.endsWith('\0'));
      return written
        .split('\0')
        .filter(Boolean)
        .map((text) => JSON.parse(text));
    };
    return { reader, writer, timers, pipe, sent };
  }

  test('reads messages however they are cut', async () => {
    const { reader, pipe } = open();
    const events: DevToolsEvent[] = [];
    pipe.listen((event) => events.push(event));
    const bytes = Buffer.from(
      ['a', 'bä€😀', 'c'].map((text) => `${JSON.stringify({ method: text, params: { text } })}\0`).join(''),
    );
    for (const byte of bytes) reader.write(Buffer.from([byte]));
    reader.write(bytes);
    reader.write(bytes.subarray(0, 30));
    reader.write(bytes.subarray(30));
    await eventually(() => events.length === 9);
    expect(events.map(({ params }) => params.text).join()).toBe('a,bä€😀,c,a,bä€😀,c,a,bä€😀,c');
  });

  test('gives each command its own answer, and its own failure', async () => {
    const { reader, pipe, sent } = open();
    const [first, second] = [pipe.send('A.a', { x: 1 }), pipe.send('B.b', {}, { sessionId: 's' })];
    await eventually(async () => (await sent()).length === 2);
    const [a, b] = await sent();
    expect([a, b]).toMatchObject([
      { method: 'A.a', params: { x: 1 } },
      { method: 'B.b', sessionId: 's' },
    ]);
    reader.write(
      `${JSON.stringify({ id: b.id, error: { message: 'no' } })}\0${JSON.stringify({ id: a.id, result: { y: 2 } })}\0`,
    );
    expect(await first).toEqual({ y: 2 });
    expect(second).rejects.toThrow('B.b: no');
    reader.write(`${JSON.stringify({ id: 999, result: {} })}\0`);
  });

  test('waits for an answer only so long, and not at all once Chromium has gone', async () => {
    const { reader, pipe, timers } = open();
    let hasClosed = 0;
    pipe.onClose = () => hasClosed++;
    const failure = (asked: Promise<unknown>) => asked.catch((error: Error) => error);
    const late = failure(pipe.send('A.a', {}, { withinMs: 100 }));
    await timers.advance(101);
    expect(await late).toBeInstanceOf(DevToolsSilence);
    const waiting = failure(pipe.send('B.b'));
    reader.destroy();
    expect(await waiting).toBeInstanceOf(DevToolsError);
    await eventually(() => hasClosed === 1);
    expect(await failure(pipe.send('C.c'))).toBeInstanceOf(DevToolsError);
    pipe.close();
    expect(hasClosed).toBe(1);
    expect(timers.pending).toBe(0);
  });

  test('ends a Chromium that sends without end', async () => {
    const { reader, pipe } = open();
    let hasClosed = false;
    pipe.onClose = () => {
      hasClosed = true;
    };
    const part = Buffer.alloc(16 * 1024 * 1024, 'x');
    for (let count = 0; count < 5; count++) reader.write(part);
    await eventually(() => hasClosed);
  });

  test.each(['{"id":1', 'null', '\u0007'])('ends a Chromium that sends %p instead of a message', async (text) => {
    const { reader, pipe } = open();
    const answer = pipe.send('A.a').catch((error: unknown) => error);
    reader.write(`${text}\0`);
    expect(await answer).toBeInstanceOf(DevToolsError);
  });
});

describe('the address line', () => {
  test('takes web addresses, as browsers write them', () => {
    expect(webAddress('HTTP://Example.org')).toBe('http://example.org/');
    expect(webAddress('https://example.org/ä?b#c')).toBe('https://example.org/%C3%A4?b#c');
    expect(webAddress(`https://example.org/${'a'.repeat(2028)}`)).toHaveLength(2048);
  });

  test('takes nothing else', () => {
    const long = `https://example.org/${'a'.repeat(2029)}`;
    const longer = `https://example.org/${'ä'.repeat(1000)}`;
    const others = [
      '',
      'example.org',
      '//example.org',
      'file:///',
      'JavaScript:1',
      ' view-source:http://a/',
      'http://a:b@c/',
      long,
      longer,
    ];
    for (const text of others) expect([text, isWebAddress(text)]).toEqual([text, false]);
  });
});

describe('keys', () => {
  const { alt, ctrl, meta, shift } = MODIFIERS;

  test('name the letter, not its place, together with Ctrl', () => {
    expect(keyOf('z', 'KeyY', ctrl)).toMatchObject({ code: 'KeyZ', windowsVirtualKeyCode: 90, modifiers: ctrl });
    expect(keyOf('y', 'KeyZ', meta)).toMatchObject({ code: 'KeyY', windowsVirtualKeyCode: 89, modifiers: ctrl });
    expect(keyOf('Z', 'KeyZ', meta + shift)).toMatchObject({ modifiers: ctrl + shift });
    expect(keyOf('Meta', 'MetaLeft', meta)).toMatchObject({ key: 'Control', code: 'ControlLeft' });
  });

  test('type with AltGr what it makes of them, without modifiers', () => {
    expect(keyOf('@', 'KeyQ', ctrl + alt)).toMatchObject({ text: '@', modifiers: 0 });
    expect(keyOf('ł', 'KeyL', alt)).toMatchObject({ text: 'ł', modifiers: 0 });
  });

  test('do not come through where they act on the browser', () => {
    const away: [string, string, number][] = [
      ['t', 'KeyT', ctrl],
      ['w', 'KeyW', meta],
      ['I', 'KeyI', ctrl + shift],
      ['ArrowLeft', 'ArrowLeft', alt],
      ['d', 'KeyD', alt],
      ['F11', 'F11', 0],
      ['Tab', 'Tab', ctrl],
      ['PageUp', 'PageUp', ctrl],
      ['+', 'BracketRight', ctrl],
      ['0', 'Digit0', ctrl],
      ['Dead', 'Equal', 0],
      ['Process', 'KeyA', 0],
      ['CapsLock', 'CapsLock', 0],
      ['AltGraph', 'AltRight', 0],
      ['BrowserBack', 'BrowserBack', 0],
      ['', '', 0],
    ];
    for (const key of away) expect([key, keyOf(...key)]).toEqual([key, undefined]);
  });
});

test('notices of one kind come ten in five seconds at most, and others beside them', () => {
  const told: string[] = [];
  let now = 0;
  const notices = new Notices({ now: () => now, elapsed: () => now }, { notice: (kind) => void told.push(kind) });
  for (let count = 0; count < 100; count++) notices.tell('popup', null);
  notices.tell('download', null);
  expect(told).toEqual([...Array.from({ length: 10 }, () => 'popup'), 'download']);
  now = 5001;
  notices.tell('popup', null);
  expect(told.at(-1)).toBe('popup');
});

describe('control groups', () => {
  function fake(own: string, controllers = 'cpuset cpu io memory pids') {
    const root = mkdtempSync(join(tmpdir(), 'portal-cgroup-'));
    mkdirSync(join(root, 'system.slice/portal.service/server'), { recursive: true });
    writeFileSync(join(root, 'cgroup.controllers'), `${controllers}\n`);
    writeFileSync(join(root, 'own'), own);
    return { root, groups: new ControlGroups(root, join(root, 'own')) };
  }

  test('are made beside the server’s own, with bounds for memory, processor and processes', () => {
    const { root, groups } = fake('0::/system.slice/portal.service/server\n');
    expect(groups.isUsable).toBe(true);
    const group = groups.enclose(1234, { memoryBytes: 1000, cpus: 2 }) ?? '';
    expect(group).toStartWith(join(root, 'system.slice/portal.service/portal-browsers-'));
    const read = (name: string) => readFileSync(join(group, name), 'utf8');
    expect([read('memory.max'), read('cpu.max'), read('pids.max'), read('cgroup.procs')]).toEqual([
      '1000',
      '200000 100000',
      '1000',
      '1234',
    ]);
    rmSync(root, { recursive: true });
  });

  test('are done without where there are none, or none of version 2', () => {
    for (const { root, groups } of [
      fake('4:memory:/user\n1:cpu:/\n0::/\n', ''),
      fake('4:memory:/user\n'),
      { root: '', groups: new ControlGroups('/nonexistent', '/nonexistent') },
    ]) {
      expect(groups.isUsable).toBe(false);
      expect(groups.enclose(1, { memoryBytes: 1, cpus: 1 })).toBeUndefined();
      if (root) rmSync(root, { recursive: true });
    }
  });
});

test('a profile is made in a folder of our own, also when the system has cleared it or another took its place', async () => {
  const [folder, other] = [mkdtempSync(join(tmpdir(), 'portal-t-')), mkdtempSync(join(tmpdir(), 'portal-t-'))];
  const profiles = new Profiles({ folder, identity: undefined, timers: new TestTimers(true) });
  profiles.make();
  rmSync(folder, { recursive: true });
  const run = dirname(profiles.make());
  expect(readdirSync(folder)).toEqual([basename(run)]);
  rmSync(run, { recursive: true });
  symlinkSync(other, run);
  expect(readdirSync(profiles.make())).toEqual([]);
  expect(readdirSync(other)).toEqual([]);
  await profiles.close();
  expect(readdirSync(folder)).toEqual([basename(run)]);
  for (const made of [folder, other]) rmSync(made, { recursive: true });
});

test('profiles of runs that are over are removed; those of others, and all else in the folder, stay', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portal-t-'));
  const options = { folder, identity: undefined, timers: new TestTimers(true) };
  const [running, next] = [new Profiles(options), new Profiles(options)];
  running.make();
  const others = ['portal-backup-x-y', 'portal-b1x-1-abcdef', 'portal-b-1-abcdef', 'something'];
  for (const name of others) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'portal-b99999999-1-afile0'), '');
  for (const name of ['portal-b99999999-1-abcdef', `portal-b${process.pid}-1-abcdef`, 'portal-b99999999--abcdef']) {
    mkdirSync(join(folder, name, 'deep'), { recursive: true });
  }
  await next.removeOld();
  const left = readdirSync(folder);
  expect(left).toEqual(expect.arrayContaining([...others, 'portal-b99999999-1-afile0']));
  expect(left).toHaveLength(others.length + 2);
  expect(left.filter((name) => name.includes(`-b${process.pid}-`))).toHaveLength(1);
  await running.close();
  expect(readdirSync(folder)).toHaveLength(others.length + 1);
  rmSync(folder, { recursive: true });
});
