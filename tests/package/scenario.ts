type Library = typeof import('../../src/client/index.ts');
export type Given = { url: string; publicKey: string; botKey: string; invite: string; name: string };

/** One person, in any runtime: signs in by a code, joins by an invite, says a word, and hears another. */
export async function scenario(library: Library, { url, publicKey, botKey, invite, name }: Given) {
  const client = new library.PortalClient({ url, publicKey });
  const bot = new library.PortalRest({ url, apiKey: botKey });
  const identity = { platform: 'discord', platform_user_id: name };
  await client.auth.requestCode(identity);
  const profile = { ...identity, platform_username: name, platform_avatar_url: null };
  const { code } = await bot.bot.fetchLoginCode(profile);
  const me = await client.auth.verify({ code: String(code) });
  await client.users.updateMe({ username: name });

  await client.connect();
  const { chat } = await client.invites.resolve(invite);
  const chats = await client.chats.list();
  const room = await client.join(chat.id);
  const answer = room.next('message', ({ body }) => body === `to ${name}`);
  await room.send(`from ${name}`);
  const { body, author, sender } = await answer;

  const stopped = new Error('changed my mind');
  const reason = await client.users.me({ signal: AbortSignal.abort(stopped) }).catch((error: unknown) => error);
  const refusal = await client.chats.get(4_000_000).catch((error: unknown) => error);
  await client.chats.leave(chat.id);
  await client.logout();
  return {
    created: me.user_created,
    heard: { body, author, from: sender?.username },
    total: chats.total,
    isStopped: reason === stopped,
    refusal: refusal instanceof library.PortalError ? refusal.code : String(refusal),
    afterwards: await client.users.me().catch((error: { code: string }) => error.code),
  };
}
