import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

let portal: TestPortal;
let owner: Person;
let chat: Chat;

beforeAll(async () => {
  portal = await testPortal();
  owner = await portal.given.premium('the_owner_of_it');
  chat = await portal.given.chat({ owner, name: 'A very private chat' });
});
afterAll(() => portal.close());

async function open(token: string | undefined, id: number | string = chat.id) {
  const headers: Record<string, string> = token === undefined ? {} : { cookie: `psession=${token}` };
  const request = new Request(`http://localhost/v1/portal/chats/${id}/browser/`, { headers });
  const response = await portal.fetch(request);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, says: /<p>([^<]*)<\/p>/.exec(text)?.[1] };
}

describe('the page that shows a shared browser', () => {
  test('opens for those who may enter the chat, and tells nothing of it by itself', async () => {
    const member = await portal.given.member(chat);
    const admin = await portal.given.admin();
    for (const { token } of [owner, member, admin]) {
      const { status, headers, text } = await open(token);
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(text).toContain('id="picture"');
      expect(text).not.toContain(chat.name);
    }
  });

  test('runs its own scripts alone, makes no markup of text, and stands in frames of this instance', async () => {
    for (const { headers } of [await open(owner.token), await open(undefined)]) {
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'self'");
      expect(policy).toContain("require-trusted-types-for 'script'; trusted-types 'none'");
      expect(policy).not.toMatch(/unsafe|blob:|http/);
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    }
    expect((await open(owner.token)).text).not.toMatch(/ style=|<style|<script>| on\w+=/);
  });

  test('is asked for again each time, so that a lost right counts', async () => {
    const member = await portal.given.member(chat);
    const { headers } = await open(member.token);
    expect(headers.get('cache-control')).toBe('no-cache, no-transform');
    await portal.given.chatBan(chat, member);
    const again = await portal.fetch(
      new Request(`http://localhost/v1/portal/chats/${chat.id}/browser/`, {
        headers: { cookie: `psession=${member.token}`, 'if-none-match': headers.get('etag') ?? '' },
      }),
    );
    expect([again.status, again.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });
});

describe('instead of it, a page with a sentence', () => {
  test.each([
    ['no session', async () => undefined, 401, 'You are not signed in. Sign in, then open this page again.'],
    [
      'a session that is over',
      async () => 'nonsense',
      401,
      'You are not signed in. Sign in, then open this page again.',
    ],
    [
      'a stranger',
      async () => (await portal.given.stranger()).token,
      403,
      'Shared browsers are for people with an account.',
    ],
    [
      'someone without access',
      async () => (await portal.given.person()).token,
      404,
      'This chat does not exist, or it is not open to you.',
    ],
    [
      'someone who is banned from the platform',
      async () => {
        const person = await portal.given.person();
        await portal.given.state(person, 2);
        return person.token;
      },
      403,
      'This account is banned.',
    ],
  ])('meets %s', async (_who, tokenOf, status, sentence) => {
    const answer = await open(await tokenOf());
    expect({ status: answer.status, says: answer.says }).toEqual({ status, says: sentence });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    for (const secret of [chat.name, owner.username]) expect(answer.text).not.toContain(secret);
  });

  test('is the same for a chat that does not exist as for one that is closed', async () => {
    const { token } = await portal.given.person();
    const [closed, none] = [await open(token), await open(token, 4_711)];
    expect([none.status, none.text]).toEqual([closed.status, closed.text]);
    for (const id of ['abc', '0', '-1', '1e3', '99999999999999999999', '%00'])
      expect((await open(token, id)).status).toBe(404);
  });

  test('meets someone who is banned from an open chat, and both people of a direct chat', async () => {
    const open_ = await portal.given.chat({ visibility: 'public' });
    const banned = await portal.given.person();
    await portal.given.chatBan(open_, banned);
    expect(await open(banned.token, open_.id)).toMatchObject({ status: 403, says: 'You are banned from this chat.' });
    const [one, other] = [await portal.given.person(), await portal.given.person()];
    const direct = await portal.given.direct(one, other);
    expect(await open(one.token, direct.id)).toMatchObject({
      status: 409,
      says: 'A direct chat has no shared browser.',
    });
  });
});
