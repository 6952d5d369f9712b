import { PortalError } from '../errors.ts';
import type { DirectEnd, DirectTalk, MatchPeer } from '../match-wire.ts';
import { ChatRoom } from '../room/chat-room.ts';
import type { RoomDeps, RoomEvents } from '../room/room-events.ts';
import type { RoomMessage } from '../room/room-message.ts';
import type { Participant } from '../wire.ts';

export type DirectDeps = RoomDeps & {
  leaveTalk(chatId: number): Promise<unknown>;
  report(chatId: number, reason: string): Promise<unknown>;
};

/**
 * A chat with one person met by a shared interest. Both are known by an alias and as participant 1 or 2. It ends when either
 * leaves, when one is gone for longer than the grace, or after a day, and can be read for another day.
 */
export class DirectRoom extends ChatRoom {
  /** The secret by which this person's sessions enter the chat. */
  readonly token: string;
  readonly #deps: DirectDeps;
  #talk: DirectTalk;
  #isArchived: boolean = false;
  #end: DirectEnd | null = null;
  #graceUntilMs: number | null = null;

  /** @internal */
  constructor(talk: DirectTalk, deps: DirectDeps) {
    super(talk.chat_id, deps);
    this.token = talk.token;
    this.#talk = talk;
    this.#deps = deps;
    // The first listeners, so that others see the state that follows from the event.
    this.on('archived', ({ reason }) => this.#archive(reason));
    this.on('peerLeft', ({ graceUntilMs }) => {
      this.#graceUntilMs = graceUntilMs;
    });
    this.on('peerReturned', () => {
      this.#graceUntilMs = null;
    });
    if (talk.archived) this.#archive(null);
  }

  /** The other person. After a restart of the client only the alias and the picture are known. */
  get peer(): MatchPeer {
    const { peer, alias } = this.#talk;
    if (peer) return peer;
    const other = this.members.find(({ participant }) => participant !== this.participant);
    return {
      alias: alias ?? other?.username ?? '',
      avatar_url: other?.avatar_url ?? null,
      is_stranger: null,
      country_code: null,
    };
  }

  /** The shared tags; none are known after a restart of the client. */
  get interests(): readonly string[] {
    return this.#talk.interests ?? [];
  }

  /** When the chat ends at the latest, and once it is over, when it is deleted: ISO 8601 in UTC. */
  get expiresAt(): string {
    return this.#talk.expires_at;
  }

  /** Which of the two this person is. */
  get participant(): Participant | undefined {
    return this.joinReply?.participant;
  }

  /** True once the chat is over: it can be read, and nothing more can be sent. */
  get isArchived(): boolean {
    return this.#isArchived;
  }

  /** Why the chat is over; null while it is not, and if it ended while this client was away. */
  get endReason(): DirectEnd | null {
    return this.#end;
  }

  /** While the peer is gone: when the chat ends unless they return, in Unix milliseconds. Otherwise null. */
  get graceUntilMs(): number | null {
    return this.#graceUntilMs;
  }

  /** True for a message of this person, from any of their sessions. */
  isOwn({ sender }: RoomMessage): boolean {
    return sender?.participant !== undefined && sender.participant === this.participant;
  }

  /**
   * Ends the chat for both. It stays open here for reading; `close()` closes it.
   * @throws PortalError `ERR_MATCH_NO_ACTIVE_DIRECT` if it is over already
   */
  override async leave(): Promise<void> {
    await this.#deps.leaveTalk(this.chatId);
    this.finish('left');
  }

  /** Reports the other person to the moderators, who see who the two are, but nothing that was said. The two never meet again. */
  async report(reason: string): Promise<void> {
    await this.#deps.report(this.chatId, reason);
  }

  /** Closes the room here. The chat goes on as long as this person is connected. Never rejects. */
  async close(): Promise<void> {
    // A lost connection has left the room, too.
    await super.leave().catch(() => {});
  }

  /** @internal */
  override suspend(): void {
    super.suspend();
    // Whether the peer returns meanwhile is not told.
    this.#graceUntilMs = null;
  }

  /** @internal The end of the chat, learned by another way than its event. */
  finish(reason: DirectEnd | null): void {
    if (!this.#isArchived && !this.ending) this.emit('archived', { reason });
  }

  /** @internal Adds what an event or the status tells. */
  learn(talk: Partial<DirectTalk>): void {
    this.#talk = { ...this.#talk, ...talk };
    // The event also says why, and may be on its way.
    if (talk.archived) setTimeout(() => this.finish(null), this.#deps.timing.repairDelayMs);
  }

  /** The end is told once, however many ways it is learned by. */
  protected override emit<Name extends keyof RoomEvents>(name: Name, payload: RoomEvents[Name]): void {
    if (name !== 'archived' || !this.#isArchived) super.emit(name, payload);
  }

  #archive(reason: DirectEnd | null): void {
    this.#isArchived = true;
    this.#end ??= reason;
    this.#graceUntilMs = null;
    this.refuse(
      new PortalError({ status: 403, code: 'ERR_CHAT_ARCHIVED', message: 'This chat is over; it can only be read' }),
    );
  }
}
