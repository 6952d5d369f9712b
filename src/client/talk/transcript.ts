import type { ChatRoom, RoomMessage } from '../index.ts';
import type { Terminal } from './terminal.ts';

const UNREAD = {
  open: '',
  waiting: '',
  lost: '(sealed with a key that you do not have)',
  broken: '(cannot be read)',
  refused: '(refused: this is not what was said, or not by this person)',
} as const;

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

type Self = { name: string; isOwn(message: RoomMessage): boolean };

/** Prints what is said in a chat, each message once, with its time and its author. */
export class Transcript {
  readonly #room: ChatRoom;
  readonly #terminal: Terminal;
  readonly #self: Self;
  readonly #printed = new Set<string>();
  /** What was typed here and is printed, but has not come back yet. */
  readonly #typed = new Set<{ text: string }>();
  #day = DAY.format();
  #isWaiting = false;

  constructor(room: ChatRoom, terminal: Terminal, self: Self) {
    this.#room = room;
    this.#terminal = terminal;
    this.#self = self;
  }

  /** Prints the last messages, and then each as it comes. */
  follow(count: number): void {
    const { messages } = this.#room;
    const first = Math.max(0, messages.length - count);
    for (const { id } of messages.slice(0, first)) this.#printed.add(id);
    this.#printEarlier(messages.slice(first));
    this.#room.on('message', (message) => this.#show(message));
    this.#room.on('opened', (message) => this.#show(message));
    this.#room.on('changed', (changed) => {
      for (const message of changed.messages) this.#correct(message);
    });
    this.#room.on('key', () => {
      this.#isWaiting = false;
    });
  }

  /** Sends a text that was typed. If that fails, prints why, and the text. */
  send(text: string): void {
    const typed = { text };
    if (this.#terminal.isScreen) {
      this.#print(new Date(), `${this.#self.name}: ${text}`);
      this.#typed.add(typed);
    }
    this.#terminal.queue(async () => {
      try {
        this.#printed.add(await this.#room.send(text));
      } catch (error) {
        this.#terminal.say(`* not sent (${error instanceof Error ? error.message : error}): ${text}`);
      }
      this.#typed.delete(typed);
    });
  }

  /** What cannot be read is only counted. */
  #printEarlier(messages: readonly RoomMessage[]): void {
    const lost = messages.filter(({ state }) => state === 'lost');
    for (const { id } of lost) this.#printed.add(id);
    if (lost.length > 0) {
      const what = lost.length === 1 ? 'An earlier message is' : `${lost.length} earlier messages are`;
      this.#terminal.say(`* ${what} sealed with keys that you do not have`);
    }
    for (const message of messages) this.#show(message);
  }

  #show(message: RoomMessage): void {
    const { id, type, body, state, timestamp, entry } = message;
    if (this.#printed.has(id)) return;
    if (state === 'waiting') {
      this.#tellWaiting();
      return;
    }
    this.#printed.add(id);
    if (body !== null && this.#self.isOwn(message) && this.#takeTyped(body)) return;
    const at = new Date(timestamp);
    if (type === 'system') this.#print(at, `* ${entry.content}`);
    else this.#print(at, `${authorOf(message)}: ${body ?? UNREAD[state]}`);
  }

  /** A message that was printed, and is not what it seemed. */
  #correct(message: RoomMessage): void {
    if (!this.#printed.has(message.id)) this.#show(message);
    else if (message.state === 'refused') this.#withdraw(message);
  }

  #withdraw(message: RoomMessage): void {
    this.#terminal.say(
      `* what ${message.sender?.username ?? '?'} seemed to say at ${timeOf(message)} is refused: a repeat`,
    );
  }

  #tellWaiting(): void {
    if (!this.#isWaiting) this.#terminal.say('* something was said whose key is still on its way');
    this.#isWaiting = true;
  }

  #print(at: Date, line: string): void {
    const day = DAY.format(at);
    if (day !== this.#day) this.#terminal.say(`--- ${day}`);
    this.#day = day;
    this.#terminal.say(`${TIME.format(at)} ${line}`);
  }

  /** False if this text is not on its way from here. */
  #takeTyped(text: string): boolean {
    for (const typed of this.#typed) if (typed.text === text) return this.#typed.delete(typed);
    return false;
  }
}

/** The name, with a mark if it is not certain. */
function authorOf({ sender, author }: RoomMessage): string {
  const name = sender?.username ?? '?';
  return author === null || author === 'signed' ? name : `${name} (${author})`;
}

function timeOf({ timestamp }: RoomMessage): string {
  return TIME.format(new Date(timestamp));
}
