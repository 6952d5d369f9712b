import { type DirectEnd, type DirectRoom, isPortalError, type PortalClient, type RoomMessage } from '../index.ts';
import { numberOf, textOf } from './lines.ts';
import type { Terminal } from './terminal.ts';

const ENDS: Record<DirectEnd, string> = {
  left: 'The chat is over.',
  timeout: 'The chat is over: someone was gone for too long.',
  expired: 'The chat is over: its day has passed.',
  blocked: 'The chat is over: a moderator blocked you.',
};

/** Meets people who share one of the tags, one after the other. */
export async function talkToStrangers(client: PortalClient, terminal: Terminal, tags: string[]): Promise<never> {
  await client.auth.stranger();
  await client.connect();
  client.on('connected', () => terminal.say('* reconnected'));
  client.on('ended', ({ error }) => terminal.leave(`${error.message}.`));
  const talk = new StrangerTalk(client, terminal, tags);
  talk.look();
  await terminal.read((line) => talk.take(line));
  await talk.quit();
  return terminal.leave('Bye.');
}

class StrangerTalk {
  readonly #client: PortalClient;
  readonly #terminal: Terminal;
  readonly #tags: string[];
  #room: DirectRoom | undefined;
  /** The search that is under way. */
  #search: { stop: AbortController; done: Promise<void> } | undefined;

  constructor(client: PortalClient, terminal: Terminal, tags: string[]) {
    this.#client = client;
    this.#terminal = terminal;
    this.#tags = tags;
  }

  /** Searches for the next one, while lines are read. */
  look(): void {
    this.#say(`Looking for someone who shares: ${this.#tags.join(', ')}. /leave stops, Ctrl+D quits.`);
    const stop = new AbortController();
    const done = this.#find(stop.signal).finally(() => {
      this.#search = undefined;
    });
    this.#search = { stop, done };
  }

  async take(line: string): Promise<void> {
    const [command, ...words] = line.trim().split(/\s+/);
    try {
      if (command === '/next') await this.#next();
      else if (command === '/leave') await this.#leave();
      else if (command === '/report') await this.#report(words.join(' '));
      else if (command === '/number') this.#number();
      else if (command !== '') await this.#send(line);
    } catch (error) {
      this.#say(`* ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Leaves no search behind, and nobody waiting. */
  async quit(): Promise<void> {
    await this.#stopLooking();
    if (this.#room && !this.#room.isArchived) await this.#room.leave().catch(() => {});
  }

  async #find(signal: AbortSignal): Promise<void> {
    try {
      this.#enter(await this.#client.match.find(this.#tags, { signal }));
    } catch (error) {
      // Trying again does not help.
      if (isPortalError(error, 'ERR_MATCH_UNSUPPORTED_INTEREST', 'ERR_VALIDATION')) this.#terminal.fail(error);
      if (signal.aborted) return;
      this.#say(`* ${error instanceof Error ? error.message : error}. /next looks again, Ctrl+D quits.`);
    }
  }

  #enter(room: DirectRoom): void {
    this.#room = room;
    const { peer, interests } = room;
    const me = room.members.find(({ participant }) => participant === room.participant);
    const origin = peer.is_stranger ? `a stranger${peer.country_code ? ` from ${peer.country_code}` : ''}` : 'a member';
    this.#say(`You are ${me?.username}. You talk with ${peer.alias}, ${origin}. You share: ${interests.join(', ')}.`);
    this.#say('Everything you type is sealed before it leaves this terminal. /number compares safety numbers,');
    this.#say('/next finds someone else, /report <why> tells the moderators, /leave ends the chat, Ctrl+D quits.');
    for (const message of room.messages) this.#show(room, message);
    room.on('message', (message) => this.#show(room, message));
    room.on('opened', (message) => this.#show(room, message));
    room.on('peerLeft', ({ graceUntilMs }) => this.#tellGone(peer.alias, graceUntilMs));
    room.on('peerReturned', () => this.#say(`* ${peer.alias} is back`));
    room.on('archived', ({ reason }) => this.#tellEnd(reason));
    // What happened on the way in.
    if (room.graceUntilMs !== null) this.#tellGone(peer.alias, room.graceUntilMs);
    if (room.isArchived) this.#tellEnd(room.endReason);
  }

  #tellGone(alias: string, graceUntilMs: number): void {
    const seconds = Math.round((graceUntilMs - Date.now()) / 1000);
    if (graceUntilMs > 0) this.#say(`* ${alias} is gone; the chat waits ${seconds} s for them`);
  }

  #tellEnd(reason: DirectEnd | null): void {
    this.#say(`* ${reason ? ENDS[reason] : 'The chat is over.'} /next finds someone else, Ctrl+D quits.`);
  }

  #show(room: DirectRoom, message: RoomMessage): void {
    const { type, sender, body, sealed, failure, entry } = message;
    if (room.isOwn(message) && this.#terminal.shows(body)) return;
    // Its key is on its way.
    if (sealed && !failure) return;
    if (type === 'system') this.#say(`* ${entry.content}`);
    else this.#say(`${sender?.username ?? '?'}: ${textOf(message)}`);
  }

  async #stopLooking(): Promise<void> {
    this.#search?.stop.abort();
    await this.#search?.done;
  }

  async #next(): Promise<void> {
    if (this.#search) return this.#say('* still looking');
    const room = this.#room;
    this.#room = undefined;
    if (room) {
      // Closed first: what comes of its end belongs to a chat that is no longer shown.
      await room.close();
      if (!room.isArchived) await this.#client.match.leave(room.chatId).catch(() => {});
    }
    this.look();
  }

  async #leave(): Promise<void> {
    if (this.#search) {
      await this.#stopLooking();
      return this.#say('* stopped looking. /next looks again, Ctrl+D quits.');
    }
    if (!this.#room) return this.#say('* You are in no chat. /next finds someone, Ctrl+D quits.');
    await this.#room.leave();
  }

  async #report(reason: string): Promise<void> {
    if (!this.#room) return this.#say('* There is nobody to report.');
    if (reason === '') return this.#say('* Say why: /report <why>');
    await this.#room.report(reason);
    this.#say(`* Reported. You and ${this.#room.peer.alias} will not meet again.`);
  }

  #number(): void {
    if (this.#room) this.#say(`* ${numberOf(this.#room)}`);
    else this.#say('* You are in no chat.');
  }

  async #send(line: string): Promise<void> {
    const room = this.#room;
    if (room) await this.#terminal.send(line, (text) => room.send(text));
    else this.#say(`* not sent (nobody is here yet): ${line}`);
  }

  #say(line: string): void {
    this.#terminal.say(line);
  }
}
