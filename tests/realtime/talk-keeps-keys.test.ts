import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { terminal } from '../support/terminal.ts';
import { openHouse } from './house.ts';
import { graceTalks, keyArgs, liveSessions, talkArgs, whoUntil } from './talk-house.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portal-talk-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string) => join(folder, name, 'session.json');

test('with --keep the session and its keys are there at the next start, in a file for its owner alone', async () => {
  await using house = await openHouse();
  const file = fileOf('next start');
  const { grace, chatId, owner } = await graceTalks(house, '--keep', file);
  await grace.prints(new RegExp(`kept in ${file}, for you alone`));
  grace.type('said before');
  await grace.prints(/grace: said before/);
  grace.type('/verify');
  await grace.prints(/verified: nobody/);
  expect((await grace.end()).status).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')))).toEqual(['url', 'token', 'keys']);

  const again = terminal(...keyArgs(house), '--keep', file, '--chat', String(chatId));
  await again.prints(/You are grace/);
  await again.prints(/grace: said before\n/);
  again.type('said after');
  await again.prints(/grace: said after\n/);
  expect((await again.end()).said).not.toMatch(/new key|sealed with keys/);
  // The one that was given, and the one that is kept.
  expect(await liveSessions(house, owner.id)).toBe(2);
});

test('a person who was verified is so at the next start', async () => {
  await using house = await openHouse();
  const file = fileOf('verified');
  const { grace, chatId, linus } = await graceTalks(house, '--keep', file);
  await linus();
  await whoUntil(grace, /here: grace \(you\), linus/);
  grace.type('/verify linus');
  await grace.prints(/\* linus is verified\. You are told when a key of theirs is new\.\n/);
  await grace.end();
  const again = terminal(...keyArgs(house), '--keep', file, '--chat', String(chatId));
  await again.prints(/You are grace/);
  again.type('/who');
  await again.prints(/linus \(verified\)/);
  await again.end();
});

test('when the kept session has ended it says so, and a code begins another', async () => {
  await using house = await openHouse();
  const file = fileOf('ended');
  const { grace, chatId } = await graceTalks(house, '--keep', file);
  await grace.end();
  await house.as(JSON.parse(readFileSync(file, 'utf8'))).post('/v1/authentication/logout', {});
  const keep = ['--keep', file, '--chat', String(chatId)];
  const ended = `error: The session in ${file} has ended. With --code another begins, and its keys are forgotten.\n`;
  expect(await terminal(...keyArgs(house), ...keep).end()).toEqual({ status: 1, said: '', complained: ended });
  const { keys } = JSON.parse(readFileSync(file, 'utf8'));
  const again = terminal(...(await talkArgs(house, 'grace')), ...keep);
  await again.prints(/You are grace/);
  await again.end();
  expect(JSON.parse(readFileSync(file, 'utf8')).keys.secret_key).not.toBe(keys.secret_key);
});

test('a session that ends while one talks takes its file with it', async () => {
  await using house = await openHouse();
  const file = fileOf('ends');
  const { grace } = await graceTalks(house, '--keep', file);
  await house.as(JSON.parse(readFileSync(file, 'utf8'))).post('/v1/authentication/logout', {});
  await grace.prints(/The session ended: logout\.\n$/);
  expect((await grace.end()).status).toBe(0);
  expect(existsSync(file)).toBe(false);
});

test('a file is for one program and one instance, and is never taken for another', async () => {
  await using house = await openHouse();
  const file = fileOf('one program');
  const { grace } = await graceTalks(house, '--keep', file);
  const failure = (url: string, at = file) => terminal('--url', url, '--key', 'hpub_x', '--keep', at).end();
  const inUse = `error: ${file} is in use by process ${grace.pid}; name another file\n`;
  expect(await failure(house.url)).toEqual({ status: 1, said: '', complained: inUse });
  grace.kill('SIGKILL');
  await grace.end();
  // What a program that was killed has left does not lock it for good.
  const elsewhere = `error: ${file} keeps a session of ${house.url}/; name another file\n`;
  expect(await failure('http://localhost:9')).toEqual({ status: 1, said: '', complained: elsewhere });
  const notes = fileOf('notes');
  await Bun.write(notes, 'my notes');
  const foreign = `error: ${notes} is not a file that talk has written\n`;
  expect(await failure(house.url, notes)).toEqual({ status: 1, said: '', complained: foreign });
  expect(readFileSync(notes, 'utf8')).toBe('my notes');
});
