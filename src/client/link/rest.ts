import type { BrowserStarted } from '../browser-wire.ts';
import type { MatchAnswer, MatchStatistics, MatchStatus, StrangerSession } from '../match-wire.ts';
import type {
  AccountLookup,
  BotCreated,
  Chat,
  ChatDetails,
  ChatSettings,
  Cleared,
  Deleted,
  Done,
  Health,
  HistoryEntry,
  HistoryQuery,
  Invite,
  KeyRegistered,
  Kick,
  LoginCode,
  LoginCodeRequested,
  NewBot,
  NewChat,
  NewInvite,
  Ok,
  PlatformIdentity,
  Profile,
  ProfileUpdate,
  ProfileUpdated,
  Resolved,
  RootInfo,
  SentLoginCode,
  SentMessage,
  VerifiedProfile,
} from '../wire.ts';
import { type RestOptions, RestTransport } from './rest-transport.ts';

const AUTHENTICATION = '/v1/authentication';
const CHATS = '/v1/portal/chats';
const MATCH = '/v1/portal/match';
/** The server answers a start within 45 s. */
const START_MS = 60_000;

export type ScreenshotOptions = { quality?: number; preview?: boolean };

/**
 * The REST endpoints that clients need most, one method each. Answers are returned as received, in snake_case; every failure
 * is a PortalError. In a browser the session is the browser's cookie. Elsewhere the token is taken from Set-Cookie and sent
 * with every call that needs a session.
 */
export class PortalRest {
  readonly #transport: RestTransport;

  constructor(options: RestOptions) {
    this.#transport = new RestTransport(options);
  }

  /** The instance's address, without a trailing slash. */
  get url(): string {
    return this.#transport.url;
  }

  /** The session token; undefined if not signed in, and always undefined where the browser keeps the cookie. */
  get token(): string | undefined {
    return this.#transport.token;
  }

  get useCookies(): boolean {
    return this.#transport.useCookies;
  }

  rootInfo(): Promise<RootInfo> {
    return this.#transport.call({ method: 'GET', path: '/', auth: 'none' });
  }

  /** Also returns the report of an unhealthy instance (503). */
  health(): Promise<Health> {
    return this.#transport.call({ method: 'GET', path: '/health', auth: 'none', accept: [503] });
  }

  /** Finds an account by name, ignoring case. `ERR_NOT_FOUND` if there is none. */
  lookup(username: string): Promise<AccountLookup> {
    return this.#post(`${AUTHENTICATION}/lookup`, 'key', { username });
  }

  /** Requests a login code for an identity; the platform's bot delivers it. */
  requestCode(platform: string, platformUserId: string): Promise<LoginCodeRequested> {
    return this.#post(`${AUTHENTICATION}/request`, 'key', { platform, platform_user_id: platformUserId });
  }

  /** Signs in with a login code. `ERR_CODE_INVALID` if it is wrong, expired, used, or requested from elsewhere. */
  verify(code: string): Promise<VerifiedProfile> {
    return this.#post(`${AUTHENTICATION}/verify`, 'key', { code });
  }

  /** Creates the first Owner and signs in, with the token from the link that the server printed. */
  claim(token: string, username: string): Promise<Profile> {
    return this.#post(`${AUTHENTICATION}/claim`, 'key', { token, username });
  }

  /** Starts an anonymous session, which may search for people and talk to them. `ERR_STRANGERS_OFF` where there are none. */
  stranger(): Promise<StrangerSession> {
    return this.#post(`${AUTHENTICATION}/stranger`, 'key', {});
  }

  /** Ends the session, its key and its sockets. */
  async logout(): Promise<Done> {
    const answer = await this.#post<Done>(`${AUTHENTICATION}/logout`, 'session', {});
    this.#transport.token = undefined;
    return answer;
  }

  /** Bot: the pending code for someone on the bot's platform. Both fields are null if there is none. */
  botLoginCode(identity: PlatformIdentity): Promise<LoginCode> {
    return this.#post(`${AUTHENTICATION}/bot/login-code`, 'bot', identity);
  }

  /** Bot: a code for an existing account, usable from any address. */
  botSendCode(identity: PlatformIdentity): Promise<SentLoginCode> {
    return this.#post(`${AUTHENTICATION}/bot/send-code`, 'bot', identity);
  }

  me(): Promise<Profile> {
    return this.#get('/v1/users/me');
  }

  /** Fields are independent: an invalid one is named in `errors`, and the other is still set. */
  updateMe(update: ProfileUpdate): Promise<ProfileUpdated> {
    return this.#post('/v1/users/me/update', 'session', update);
  }

  /** Creates a private chat. Needs premium, or Admin, and a free slot. */
  createChat(chat: NewChat): Promise<Chat> {
    return this.#post(CHATS, 'session', chat);
  }

  /** The chats visible to the caller, official ones first. */
  chats(): Promise<Chat[]> {
    return this.#get(CHATS);
  }

  chat(chatId: number): Promise<ChatDetails> {
    return this.#get(`${CHATS}/${chatId}`);
  }

  /** Changes the named settings. A slug makes the chat public, null makes it private again. */
  updateChat(chatId: number, settings: ChatSettings): Promise<Done> {
    return this.#post(`${CHATS}/${chatId}/config/update`, 'session', settings);
  }

  /** Destroys a chat and everything in it. */
  deleteChat(chatId: number): Promise<Done> {
    return this.#post(`${CHATS}/${chatId}/delete`, 'session', {});
  }

  /** Ends one's own membership. The owner cannot leave (`ERR_CONFLICT`). */
  leaveChat(chatId: number): Promise<Done> {
    return this.#post(`${CHATS}/${chatId}/leave`, 'session', {});
  }

  /** Removes someone; the chat moves to a new epoch. `ERR_SELF_ACTION` on oneself. */
  kick(chatId: number, kick: Kick): Promise<Ok> {
    return this.#post(`${CHATS}/${chatId}/kick`, 'session', kick);
  }

  createInvite(chatId: number, invite: NewInvite = {}): Promise<Invite> {
    return this.#post(`${CHATS}/${chatId}/invites`, 'session', invite);
  }

  /** The valid invites of a chat. */
  async invites(chatId: number): Promise<Invite[]> {
    const { invites } = await this.#get<{ invites: Invite[] }>(`${CHATS}/${chatId}/invites`);
    return invites;
  }

  deleteInvite(chatId: number, code: string): Promise<Done> {
    return this.#post(`${CHATS}/${chatId}/invites/${encodeURIComponent(code)}/delete`, 'session', {});
  }

  /** Joins by invite code or slug. `ERR_INVITE_INVALID` if it is unknown, expired or used up. */
  resolve(code: string): Promise<Resolved> {
    return this.#post(`/v1/portal/resolve/${encodeURIComponent(code)}`, 'session', {});
  }

  /** Registers the session's public keys, for sealing and for signing: base64 of 32 bytes each. */
  registerKey(publicKey: string, signingKey?: string): Promise<KeyRegistered> {
    const body = { public_key: publicKey, ...(signingKey === undefined ? {} : { signing_key: signingKey }) };
    return this.#post('/v1/portal/keys', 'session', body);
  }

  /** Sends a sealed envelope to a chat that this session has joined. `ChatRoom.send` also seals and retries. */
  sendMessage(chatId: number, content: string): Promise<SentMessage> {
    return this.#post(`${CHATS}/${chatId}/messages`, 'session', { content });
  }

  /** One page of sealed history, oldest first: the newest, the last before an id, or the first after one. */
  history(chatId: number, { limit, before, after }: HistoryQuery = {}): Promise<HistoryEntry[]> {
    return this.#get(`${CHATS}/${chatId}/history`, { limit, before, after });
  }

  /** Moderators: deletes up to 100 messages by id. */
  deleteMessages(chatId: number, ids: readonly string[]): Promise<Deleted> {
    return this.#post(`${CHATS}/${chatId}/messages/delete`, 'session', { ids });
  }

  /** Moderators: deletes up to 100 of the last messages. */
  deleteLastMessages(chatId: number, count: number): Promise<Deleted> {
    return this.#post(`${CHATS}/${chatId}/messages/delete-last`, 'session', { count });
  }

  /** Deletes all of one's own messages in a chat. */
  deleteMyMessages(chatId: number): Promise<Deleted> {
    return this.#post(`${CHATS}/${chatId}/messages/delete-mine`, 'session', {});
  }

  /** Deletes all messages of a chat, which moves to a new epoch. */
  clearChat(chatId: number): Promise<Cleared> {
    return this.#post(`${CHATS}/${chatId}/clear`, 'session', {});
  }

  /** The chat's owner: starts the shared browser. Resolves once it shows a picture, or with `state: 'pulling'`. */
  startBrowser(chatId: number): Promise<BrowserStarted> {
    const path = `${CHATS}/${chatId}/start`;
    return this.#transport.call({ method: 'POST', path, auth: 'session', body: {}, timeoutMs: START_MS });
  }

  /** The chat's owner: stops the shared browser. */
  stopBrowser(chatId: number): Promise<Ok> {
    return this.#post(`${CHATS}/${chatId}/stop`, 'session', {});
  }

  /** The text that was last copied in the shared browser. */
  async browserClipboard(chatId: number): Promise<string> {
    const { text } = await this.#get<{ text: string }>(`${CHATS}/${chatId}/clipboard`);
    return text;
  }

  setBrowserClipboard(chatId: number, text: string): Promise<Ok> {
    return this.#post(`${CHATS}/${chatId}/clipboard`, 'session', { text });
  }

  /** A JPEG picture of the shared browser. `quality` is 1–100; a preview is small, and up to 20 s old. */
  screenshot(chatId: number, { quality, preview }: ScreenshotOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const query = { quality, preview: preview ? 1 : undefined };
    return this.#transport.bytes({ method: 'GET', path: `${CHATS}/${chatId}/screenshot`, auth: 'session', query });
  }

  /** Opens an address in the shared browser. */
  openInBrowser(chatId: number, url: string): Promise<Ok> {
    return this.#post(`${CHATS}/${chatId}/open`, 'session', { url });
  }

  /** Searches for someone who shares one of these tags (1–3). `Match.find` also waits, and opens the chat. */
  enqueueMatch(interests: readonly string[]): Promise<MatchAnswer> {
    return this.#post(MATCH, 'session', { interests });
  }

  /** Ends the search, if there is one. */
  dequeueMatch(): Promise<Done> {
    return this.#post(`${MATCH}/dequeue`, 'session', {});
  }

  /** The search and the direct chats, archived ones included. */
  matchStatus(): Promise<MatchStatus> {
    return this.#get(`${MATCH}/status`);
  }

  /** Ends a direct chat, or the only one. `ERR_MATCH_NO_ACTIVE_DIRECT` if none is live. */
  leaveMatch(chatId?: number): Promise<Done> {
    return this.#post(`${MATCH}/leave`, 'session', chatId === undefined ? {} : { chat_id: chatId });
  }

  /** Reports the other person of a direct chat. The two never meet again. */
  reportMatch(chatId: number, reason: string): Promise<unknown> {
    return this.#post(`${MATCH}/report`, 'session', { chat_id: chatId, reason });
  }

  matchStatistics(): Promise<MatchStatistics> {
    return this.#transport.call({ method: 'GET', path: `${MATCH}/statistics`, auth: 'public' });
  }

  /** Admins: registers a bot. `api_key` is shown only once. */
  createBot(bot: NewBot): Promise<BotCreated> {
    return this.#post('/v1/admin/bots', 'session', bot);
  }

  #get<Answer>(path: string, query: Record<string, string | number | undefined> = {}): Promise<Answer> {
    return this.#transport.call({ method: 'GET', path, auth: 'session', query });
  }

  #post<Answer>(path: string, auth: 'key' | 'session' | 'bot', body: object): Promise<Answer> {
    return this.#transport.call({ method: 'POST', path, auth, body });
  }
}
