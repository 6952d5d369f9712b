import { afterEach, expect, test } from 'bun:test';
import { clientStage } from '../support/client-stage.ts';
import { FakeMatch } from '../support/fake-match.ts';
import { terminal } from '../support/terminal.ts';

const stage = clientStage();
afterEach(() => stage.close());

async function house() {
  const server = await stage.server();
  const match = new FakeMatch(server);
  const arrive = (...tags: string[]) => terminal('--url', server.url, '--key', 'hpub_x', '--stranger', ...tags);
  return { server, match, arrive };
}

/** Two terminals in one chat. */
async function meeting() {
  const { server, match, arrive } = await house();
  const first = arrive('music', 'chess');
  await first.prints(/Looking for someone who shares: music, chess/);
  await server.until(() => match.searches.size === 1);
  const second = arrive('chess');
  await first.prints(/You are quiet-owl-100. You talk with loud-owl-100, a stranger from IS. You share: chess\./);
  await second.prints(/You talk with quiet-owl-100/);
  return { server, match, first, second };
}

test('two terminals meet by a shared tag, talk sealed, and each is told when the other is gone, back, or has left', async () => {
  const { server, match, first, second } = await meeting();
  first.type('hello there');
  await second.prints(/quiet-owl-100 \(unverified\): hello there/);
  second.type('hello yourself');
  await first.prints(/loud-owl-100 \(unverified\): hello yourself/);
  expect(JSON.stringify([match.talk(100).history, server.heard])).not.toContain('hello');
  first.type('/number');
  await first.prints(/safety number:\n( +\d{5}( \d{5}){3}\n){3}/);

  match.tell(100, 'room:peer_left', { grace_until_ms: Date.now() + 60_000 }, 1);
  await first.prints(/\* loud-owl-100 is gone; the chat waits (60|59) s for them/);
  match.tell(100, 'room:peer_returned', {}, 1);
  await first.prints(/\* loud-owl-100 is back/);
  second.type('/leave');
  await first.prints(/\* The chat is over\. \/next finds someone else, Ctrl\+D quits\./);
  first.type('typed too late');
  await first.prints(/\* not sent \(This chat is over; it can only be read\): typed too late/);
  first.type('/report rude');
  await first.prints(/\* Reported\. You and loud-owl-100 will not meet again\./);
  expect(match.reports).toEqual([{ by: expect.any(String), chat_id: 100, reason: 'rude' }]);
  for (const { status, said, complained } of [await first.end(), await second.end()]) {
    expect([status, complained]).toEqual([0, '']);
    expect(said).toEndWith('Bye.\n');
  }
});

test('/next leaves, and finds the next one; what comes late of the first chat is not printed', async () => {
  const { server, match, first, second } = await meeting();
  second.type('/next');
  await first.prints(/The chat is over/);
  await server.until(() => match.searches.size === 1);
  match.tell(100, 'room:peer_returned', {}, 2);
  match.tell(100, 'match:ended', { reason: 'timeout' }, 2);
  first.type('/next');
  await second.prints(/You are quiet-owl-101\. You talk with loud-owl-101/);
  second.type('/next');
  await first.prints(/The chat is over[\s\S]*The chat is over/);
  const { said } = await second.end();
  expect(said).not.toContain('is back');
  expect(said).not.toContain('The chat is over');
  expect(match.searches.size).toBe(0);
  await first.end();
  expect(match.talks.map(({ ended }) => ended)).toEqual(['left', 'left']);
});

test('Ctrl+D leaves neither a search nor a chat behind', async () => {
  const { match, first, second } = await meeting();
  expect((await first.end()).status).toBe(0);
  await second.prints(/The chat is over/);
  expect(match.talk(100).ended).toBe('left');
  second.type('/next');
  await second.prints(/Looking for[\s\S]*Looking for/);
  expect((await second.end()).status).toBe(0);
  expect(match.searches.size).toBe(0);
});

test('/leave stops a search; what is typed meanwhile is not lost, and /next looks again', async () => {
  const { server, match, arrive } = await house();
  const alone = arrive('music');
  await server.until(() => match.searches.size === 1);
  alone.type('anybody?');
  await alone.prints(/\* not sent \(nobody is here yet\): anybody\?/);
  alone.type('/leave');
  await alone.prints(/\* stopped looking/);
  expect(match.searches.size).toBe(0);
  alone.type('/leave');
  await alone.prints(/\* You are in no chat/);
  alone.type('/next');
  await server.until(() => match.searches.size === 1);
  for (const who of match.searches.keys()) match.drop(who);
  await alone.prints(/\* The search ended before anyone was found\. \/next looks again, Ctrl\+D quits\./);
  expect((await alone.end()).status).toBe(0);
});

test('a refused search is one sentence', async () => {
  const { match, arrive } = await house();
  const error = 'interests/0 must be 3 to 12 letters and digits';
  match.before = (path) =>
    path === '/v1/portal/match'
      ? [400, { error, code: 'ERR_MATCH_UNSUPPORTED_INTEREST', field: 'interests/0' }]
      : undefined;
  const { status, complained } = await arrive('ab').end();
  expect([status, complained]).toEqual([1, `error: ${error}\n`]);
});
