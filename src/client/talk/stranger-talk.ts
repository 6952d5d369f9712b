import { type DirectEnd, type DirectRoom, isPortalError, type PortalClient } from '../index.ts';
import { ROOM_HELP, RoomCommands } from './room-commands.ts';
import { placeOf } from './sentences.ts';
import type { Terminal } from './terminal.ts';
import { Transcript } from './transcript.ts';

const HELP = `
/next             finds someone else
/report <why>     tells the moderators
/leave            ends the chat, or stops looking${ROOM_HELP}`;

const ENDS: Record<DirectEnd, string> = {
  left: 'The chat is over.',
  timeout: 'The chat is over: someone was gone for too long.',
  expired: 'The chat is over: its day has passed.',
  blocked: 'The chat is over: a moderator blocked you.',
};

/** Meets people who share one of the tags, one after the other. */
export async function talkToStrangers(client: PortalClient, terminal: Terminal, tags: string[]): Promise<void> {
  await client.auth.stranger();
  await client.connect();
  client.on('connected', () => terminal.say('* reconnected'));
  const stopComplaining = [
    client.on('disconnected', () => terminal.say(`* connection lost, reconnecting to ${placeOf(client.rest.url)}`)),
    client.on('ended', ({ error }) => void terminal.leave(`${error.message}.`)),
  ];
  const talk = new StrangerTalk(client, terminal, tags);
  terminal.onLeave(async () => {
    for (const stop of stopComplaining) stop();
    await talk.quit();
    await client.logout().catch(() => {});
    client.close();
  });
  talk.look();
  await terminal.read((line) => talk.take(line));
  await terminal.leave('Bye.');
}

class StrangerTalk {
  readonly #client: PortalClient;
  readonly #terminal: Terminal;
  readonly #tags: string[];
  #chat: { room: DirectRoom; transcript: Transcript; commands: RoomCommands } | undefined;
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

  take(line: string): void {
    const [command = '', ...words] = line.trim().split(/\s+/);
    if (command === '/help') this.#say(`* each line is a message, but for:${HELP}`);
    else if (command === '/next') this.#terminal.queue(() => this.#next());
    else if (command === '/leave') this.#terminal.queue(() => this.#leave());
    else if (command === '/report') this.#terminal.queue(() => this.#report(words.join(' ')));
    else if (command.startsWith('/')) this.#takeInChat(line);
    else if (command === '') return;
    else if (this.#chat) this.#chat.transcript.send(line);
    else this.#say(`* not sent (nobody is here yet): ${line}`);
  }

  /** Leaves no search behind, and nobody waiting. */
  async quit(): Promise<void> {
    await this.#stopLooking();
    const room = this.#chat?.room;
    if (room && !room.isArchived) await room.leave().catch(() => {});
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
    const { peer, interests } = room;
    const me = room.members.find(({ participant }) => participant === room.participant)?.username ?? 'You';
    const origin = peer.is_stranger ? `a stranger${peer.country_code ? ` from ${peer.country_code}` : ''}` : 'a member';
    this.#say(`You are ${me}. You talk with ${peer.alias}, ${origin}. You share: ${interests.join(', ')}.`);
    this.#say(
      'Everything you type is sealed before it leaves this terminal. /number shows the safety number to compare,',
    );
    this.#say('/next finds someone else, /report <why> tells the moderators, /leave ends the chat; /help lists all.');
    const transcript = new Transcript(room, this.#terminal, { name: me, isOwn: (message) => room.isOwn(message) });
    this.#chat = { room, transcript, commands: new RoomCommands(room, this.#terminal, false) };
    transcript.follow(room.messages.length);
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

  #takeInChat(line: string): void {
    if (!this.#chat) this.#say('* You are in no chat.');
    else if (!this.#chat.commands.take(line)) this.#say(`* there is no command "${line}"; see /help`);
  }

  async #stopLooking(): Promise<void> {
    this.#search?.stop.abort();
    await this.#search?.done;
  }

  async #next(): Promise<void> {
    if (this.#search) return this.#say('* still looking');
    const room = this.#chat?.room;
    this.#chat = undefined;
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
    if (!this.#chat) return this.#say('* You are in no chat. /next finds someone, Ctrl+D quits.');
    await this.#chat.room.leave();
  }

  async #report(reason: string): Promise<void> {
    if (!this.#chat) return this.#say('* There is nobody to report.');
    if (reason === '') return this.#say('* Say why: /report <why>');
    const { room } = this.#chat;
    await room.report(reason);
    this.#say(`* Reported. You and ${room.peer.alias} will not meet again.`);
  }

  #say(line: string): void {
    this.#terminal.say(line);
  }
}
