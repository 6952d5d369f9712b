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
  Message,
  NewBot,
  NewChat,
  NewInvite,
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

/**
 * What clients mostly need of the REST interface, a method for each endpoint. Answers are handed on as they came, snake_case
 * included; every failure is a PortalError. In a browser the session is the browser's cookie. Elsewhere the token is read from
 * the answer that sets it, and sent with every call that needs a session.
 */
export class PortalRest {
  readonly #transport: RestTransport;

  constructor(options: RestOptions) {
    this.#transport = new RestTransport(options);
  }

  /** The instance's address, without a slash at the end. */
  get url(): string {
    return this.#transport.url;
  }

  /** The session token; undefined when nobody is signed in, and always where the browser keeps the cookie. */
  get token(): string | undefined {
    return this.#transport.token;
  }

  get useCookies(): boolean {
    return this.#transport.useCookies;
  }

  rootInfo(): Promise<RootInfo> {
    return this.#transport.call({ method: 'GET', path: '/', auth: 'none' });
  }

  /** Also answers when the instance is unhealthy (503), with what is wrong. */
  health(): Promise<Health> {
    return this.#transport.call({ method: 'GET', path: '/health', auth: 'none', accept: [503] });
  }

  /** Finds an account by name, whatever its case; unknown: `ERR_NOT_FOUND`. */
  lookup(username: string): Promise<AccountLookup> {
    return this.#post(`${AUTHENTICATION}/lookup`, 'key', { username });
  }

  /** Has a login code made for an identity; the code reaches its owner through the platform's bot. */
  requestCode(platform: string, platformUserId: string): Promise<LoginCodeRequested> {
    return this.#post(`${AUTHENTICATION}/request`, 'key', { platform, platform_user_id: platformUserId });
  }

  /** Signs in with a login code of 8 characters. Wrong, expired, used or foreign: `ERR_CODE_INVALID`. */
  verify(code: string): Promise<VerifiedProfile> {
    return this.#post(`${AUTHENTICATION}/verify`, 'key', { code });
  }

  /** Makes the first Owner and signs in, with the token that the server printed at its first start. */
  claim(token: string, username: string): Promise<Profile> {
    return this.#post(`${AUTHENTICATION}/claim`, 'key', { token, username });
  }

  /** Ends the session, with its key and its sockets. */
  async logout(): Promise<Message> {
    const answer = await this.#post<Message>(`${AUTHENTICATION}/logout`, 'session', {});
    this.#transport.token = undefined;
    return answer;
  }

  /** Bot: the code pending for somebody on the bot's platform; both fields null when there is none. */
  botLoginCode(identity: PlatformIdentity): Promise<LoginCode> {
    return this.#post(`${AUTHENTICATION}/bot/login-code`, 'bot', identity);
  }

  /** Bot: a code for an existing account, not bound to an address. */
  botSendCode(identity: PlatformIdentity): Promise<SentLoginCode> {
    return this.#post(`${AUTHENTICATION}/bot/send-code`, 'bot', identity);
  }

  me(): Promise<Profile> {
    return this.#get('/v1/users/me');
  }

  /** Each field stands alone: a bad one is named in `errors`, the other is set all the same. */
  updateMe(update: ProfileUpdate): Promise<ProfileUpdated> {
    return this.#post('/v1/users/me/update', 'session', update);
  }

  /** Makes a private chat; needs premium or Admin and a free slot. */
  createChat(chat: NewChat): Promise<Chat> {
    return this.#post(CHATS, 'session', chat);
  }

  /** All chats that the caller can see, official ones first. */
  chats(): Promise<Chat[]> {
    return this.#get(CHATS);
  }

  chat(chatId: number): Promise<ChatDetails> {
    return this.#get(`${CHATS}/${chatId}`);
  }

  /** Sets what is named and leaves the rest. A slug makes the chat public, null takes it back. */
  updateChat(chatId: number, settings: ChatSettings): Promise<Message> {
    return this.#post(`${CHATS}/${chatId}/config/update`, 'session', settings);
  }

  /** Destroys a chat with every trace of it. */
  deleteChat(chatId: number): Promise<Message> {
    return this.#post(`${CHATS}/${chatId}/delete`, 'session', {});
  }

  /** Ends membership; the owner cannot (`ERR_CONFLICT`). */
  leaveChat(chatId: number): Promise<Message> {
    return this.#post(`${CHATS}/${chatId}/leave`, 'session', {});
  }

  /** Ends somebody's membership; the chat moves to a new epoch. On oneself: `ERR_SELF_ACTION`. */
  kick(chatId: number, kick: Kick): Promise<Done> {
    return this.#post(`${CHATS}/${chatId}/kick`, 'session', kick);
  }

  createInvite(chatId: number, invite: NewInvite = {}): Promise<Invite> {
    return this.#post(`${CHATS}/${chatId}/invites`, 'session', invite);
  }

  /** The live invites of a chat. */
  async invites(chatId: number): Promise<Invite[]> {
    const { invites } = await this.#get<{ invites: Invite[] }>(`${CHATS}/${chatId}/invites`);
    return invites;
  }

  deleteInvite(chatId: number, code: string): Promise<Message> {
    return this.#post(`${CHATS}/${chatId}/invites/${encodeURIComponent(code)}/delete`, 'session', {});
  }

  /** Joins by invite code or slug. Unknown, run out or used up: `ERR_INVITE_INVALID`. */
  resolve(code: string): Promise<Resolved> {
    return this.#post(`/v1/portal/resolve/${encodeURIComponent(code)}`, 'session', {});
  }

  /** Registers the public half of the session key pair: base64 of 32 bytes. */
  registerKey(publicKey: string): Promise<KeyRegistered> {
    return this.#post('/v1/portal/keys', 'session', { public_key: publicKey });
  }

  /** Sends a sealed envelope; the session must have joined by the socket. `ChatRoom.send` seals and does all of it. */
  sendMessage(chatId: number, content: string): Promise<SentMessage> {
    return this.#post(`${CHATS}/${chatId}/messages`, 'session', { content });
  }

  /** One page of sealed history, oldest first, ending before `before` or with the newest. */
  history(chatId: number, { limit, before }: HistoryQuery = {}): Promise<HistoryEntry[]> {
    return this.#get(`${CHATS}/${chatId}/history`, { limit, before });
  }

  /** Deletes up to 100 messages, of a chat that one moderates. */
  deleteMessages(chatId: number, ids: readonly string[]): Promise<Deleted> {
    return this.#post(`${CHATS}/${chatId}/messages/delete`, 'session', { ids });
  }

  /** Deletes the last messages, up to 100, of a chat that one moderates. */
  deleteLastMessages(chatId: number, count: number): Promise<Deleted> {
    return this.#post(`${CHATS}/${chatId}/messages/delete-last`, 'session', { count });
  }

  /** Deletes all that one has said in a chat. */
  deleteMyMessages(chatId: number): Promise<Deleted> {
    return this.#post(`${CHATS}/${chatId}/messages/delete-mine`, 'session', {});
  }

  /** Deletes all messages of one's chat; it moves to a new epoch. */
  clearChat(chatId: number): Promise<Cleared> {
    return this.#post(`${CHATS}/${chatId}/clear`, 'session', {});
  }

  /** Admin: registers a bot; `api_key` is shown this once. */
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
