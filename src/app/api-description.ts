/** The introduction of the OpenAPI document. */
export const ABOUT =
  'A self-hosted server on which people share a browser and talk beside it, end-to-end encrypted.\n\n' +
  'Requests are GET or POST, bodies JSON. Unknown fields of a body are ignored; an unknown query parameter is refused. Times are ' +
  'RFC 3339 in UTC with milliseconds, such as `2026-01-31T18:00:00.000Z`; durations are whole seconds; lengths of text count ' +
  'characters (code points).\n\n' +
  'Every failure has the same body: a sentence for people in `error`, a stable `code` for programs, and the `correlation_id` ' +
  'under which the operator finds it in the log. Every answer says in its headers where you stand with the rate limit, unless ' +
  'the operator has turned limits off.\n\n' +
  'A session is carried by the cookie `psession`, which every sign-in sets. Its value is also the bearer token ' +
  '(`Authorization: Bearer …`), and `auth.token` when the socket connects.\n\n' +
  'Live events come over Socket.IO on the same port: [the page](/docs/live), and `/asyncapi.json`. ' +
  '[Clients in other languages](/docs/clients) has the order in which a client does things, [Sealing](/docs/sealing) the encryption.';

/** Groups of operations, in the order of first use. */
export const TAGS = [
  ['Monitoring', 'What this instance is, and how it is doing.'],
  ['Authentication', 'Signing in with one-time codes that bots of chat platforms deliver.'],
  ['Users', 'Profiles, sessions and records.'],
  ['Chats', 'Creating, finding and leaving chats.'],
  ['Invites', 'Ways into a chat.'],
  ['Keys', 'The public keys for which chat keys are sealed.'],
  ['Messages', 'Sealed messages: the server passes on what it cannot read.'],
  ['Browser', 'The browser that a chat shares: start and stop, clipboard, pictures.'],
  ['Match', 'Meeting someone by shared interests: searches and direct chats.'],
  ['Statistics', 'How many accounts, bots and chats there are.'],
  ['Bots', 'The bots that deliver login codes, seen from outside and by themselves.'],
  ['Moderation', 'Order in a chat.'],
  ['Notifications', 'What you, or everybody, should know.'],
  ['Admin', 'Running the instance.'],
] as const;
