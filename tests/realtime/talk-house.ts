import { and, eq, isNull } from 'drizzle-orm';
import { sessions } from '../../src/modules/people/sessions/sessions.tables.ts';
import { terminal } from '../support/terminal.ts';
import type { House } from './house.ts';

/** What `talk` needs to sign this person in. */
export async function talkArgs(house: House, username: string, url = house.url): Promise<string[]> {
  const { code } = await house.modules.auth.consoleCode(username);
  return [...keyArgs(house, url), '--code', code];
}

export function keyArgs(house: House, url = house.url): string[] {
  return ['--url', url, '--key', house.modules.publicKey.current()];
}

/** Grace alone in a chat of her own. `linus`: with the client library. */
export async function graceTalks(house: House, ...args: string[]) {
  const owner = await house.given.premium('grace');
  const grace = terminal(...(await talkArgs(house, 'grace')), '--new', 'Engine room', ...args);
  const said = await grace.prints(/You are grace in chat \d+/);
  const invite = inviteIn(said);
  return {
    grace,
    owner,
    chatId: Number(/You are grace in chat (\d+)/.exec(said)?.[1]),
    invite,
    async linus() {
      const session = await house.given.person({ username: 'linus' });
      const client = await house.client(session);
      const { chat } = await client.rest.invites.resolve(invite);
      return { session, client, room: await client.join(chat.id) };
    },
  };
}

export function inviteIn(said: string): string {
  return /Invite: (\w+)/.exec(said)?.[1] ?? '';
}

export async function liveSessions(house: House, userId: number): Promise<number> {
  const live = and(eq(sessions.userId, userId), isNull(sessions.endedAt));
  return (await house.database.read.select({ id: sessions.id }).from(sessions).where(live)).length;
}

/** Asks who is there until the list, which follows a moment after what happens, is as expected. */
export async function whoUntil(talker: ReturnType<typeof terminal>, expected: RegExp): Promise<void> {
  const answers = (said: string) => said.split(/\b(?:is|are) here: /).length;
  for (let said = await talker.prints(() => true), before = answers(said); ; before = answers(said)) {
    talker.type('/who');
    said = await talker.prints((all) => answers(all) > before);
    if (expected.test(said)) return;
  }
}
