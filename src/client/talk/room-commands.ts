import { type ChatRoom, formatSafetyNumber } from '../index.ts';
import { People, type Someone, whoOf } from './people.ts';
import type { Terminal } from './terminal.ts';

/** What `/help` says of the commands below. */
export const ROOM_HELP = `
/who              who is here, and who is verified
/number           the safety number, to compare with the others
/verify <name>    confirms a person, once you have compared; /unverify takes it back
/help             this list`;

const ADVICE = `Read it to the others where you know their voices, or show it to them. If all have the same, nobody else
reads along: confirm each person with /verify <name>. If not, somebody may: say nothing here that matters.`;
const ROW_DIGITS = 20;

/** The most names in one line. */
const NAMED = 40;

/** What one can ask about a chat, and what is told of the keys in it. `isKept`: confirmations outlast the program. */
export class RoomCommands {
  readonly #room: ChatRoom;
  readonly #people: People;
  readonly #terminal: Terminal;
  readonly #isKept: boolean;
  /** The names of those who are verified, so that it is told when they no longer are. */
  readonly #verified = new Set<string>();

  constructor(room: ChatRoom, terminal: Terminal, isKept: boolean) {
    this.#room = room;
    this.#people = new People(room);
    this.#terminal = terminal;
    this.#isKept = isKept;
    for (const { who, name } of this.#people.all) if (room.isConfirmed(who)) this.#verified.add(name);
    this.#tellOfKeys();
  }

  /** True for a command of these. */
  take(line: string): boolean {
    const [command, ...words] = line.trim().split(/\s+/);
    if (command === '/who') this.#who();
    else if (command === '/number') this.#number();
    else if (command === '/verify') this.#terminal.queue(() => this.#verify(words.join(' ')));
    else if (command === '/unverify') this.#unverify(words.join(' '));
    else return false;
    return true;
  }

  #who(): void {
    const people = this.#people.all;
    const here = people.filter(({ isHere }) => isHere);
    const away = people.filter(({ isHere }) => !isHere);
    const count = this.#room.memberCount;
    this.#say(`${count === 1 ? '1 person is' : `${count} people are`} here: ${this.#listed(here, count)}`);
    if (away.length > 0) this.#say(`away, with the key: ${this.#listed(away, away.length)}`);
  }

  #listed(people: readonly Someone[], count: number): string {
    const names = people.slice(0, NAMED).map(({ who, name, isSelf, sessions }) => {
      const marks = [
        ...(isSelf ? ['you'] : []),
        ...(!isSelf && this.#room.isConfirmed(who) ? ['verified'] : []),
        ...(sessions > 1 ? [`${sessions} sessions`] : []),
      ];
      return marks.length > 0 ? `${name} (${marks.join(', ')})` : name;
    });
    const more = count - names.length;
    return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
  }

  #number(): void {
    const digits = this.#room.safetyNumber();
    const { missing } = this.#room.gaps;
    if (digits === undefined) this.#say('no safety number: the server does not name everyone who can read this chat');
    else this.#say(`safety number:\n${rowsOf(digits)}\n${ADVICE}`);
    if (missing > 0)
      this.#say(`${missing} of what was said here seems to be missing: deleted, or withheld by the server`);
  }

  async #verify(name: string): Promise<void> {
    const people = this.#people.all.filter(({ isSelf }) => !isSelf);
    if (name === '') return this.#listVerified(people);
    const someone = this.#find(people, name);
    if (!someone) return;
    await this.#room.confirm(someone.who);
    this.#verified.add(someone.name);
    const lasts = this.#isKept ? '' : ' This is forgotten when you leave.';
    this.#say(`${someone.name} is verified. You are told when a key of theirs is new.${lasts}`);
  }

  #listVerified(people: readonly Someone[]): void {
    const names = (isVerified: boolean) => {
      const some = people.filter(({ who }) => this.#room.isConfirmed(who) === isVerified);
      return some.length === 0 ? 'nobody' : some.map(({ name }) => name).join(', ');
    };
    this.#say(`verified: ${names(true)}; not verified: ${names(false)}. Compare /number, then /verify <name>.`);
  }

  #unverify(name: string): void {
    const someone = this.#find(this.#people.all, name);
    if (!someone) return;
    this.#room.unconfirm(someone.who);
    this.#verified.delete(someone.name);
    this.#say(`${someone.name} is not verified`);
  }

  #find(people: readonly Someone[], name: string): Someone | undefined {
    const wanted = name.replace(/^@/, '').toLowerCase();
    const found = people.find((one) => one.name.toLowerCase() === wanted);
    if (!found) this.#say(`there is no one else called "${name}" here; /who lists who is`);
    return found;
  }

  /** Says whose keys are new, and what was not believed. */
  #tellOfKeys(): void {
    const room = this.#room;
    room.on('keyChanged', (change) => {
      const name = this.#people.nameOf(change);
      const isVerified = this.#verified.has(name) && !room.isConfirmed(whoOf(change));
      const again = isVerified ? ` You verified ${name} before this key; they are not verified now.` : '';
      this.#say(`${name} has a new key: compare safety numbers (/number).${again}`);
    });
    room.on('keyReplaced', () => {
      this.#say('another program has taken the place of this one in your session; it gets the keys from now on');
    });
    room.on('withheld', ({ what, session }) => {
      const name = this.#people.nameOf(session);
      const not = what === 'recipient' ? `${name} cannot read you` : `the key of ${name} is not used`;
      this.#say(`${not}, since they are not verified: compare /number, then /verify ${name}`);
    });
    room.on('refused', ({ what, error }) => {
      if (what !== 'message') this.#say(`refused: ${error.message}`);
    });
  }

  #say(line: string): void {
    this.#terminal.say(`* ${line}`);
  }
}

/** Three rows of four groups: they stand below each other on two screens. */
function rowsOf(digits: string): string {
  const rows = digits.match(new RegExp(`.{${ROW_DIGITS}}`, 'g')) ?? [];
  return rows.map((row) => `  ${formatSafetyNumber(row)}`).join('\n');
}
