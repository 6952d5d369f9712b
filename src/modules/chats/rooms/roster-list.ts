import { JsonText } from '../../../core/json-text.ts';
import type { PersonId } from '../../../core/principal.ts';
import type { Member } from './rooms.model.ts';

/** The members that everyone who joins a room is shown, read at one time. Encoded once, not for each of them. */
export class RosterList {
  readonly readAt: number;
  readonly #members: Map<PersonId, Member>;
  #text: JsonText<Member[]> | undefined;
  #textButLast: JsonText<Member[]> | undefined;

  constructor(members: Map<PersonId, Member>, readAt: number) {
    this.#members = members;
    this.readAt = readAt;
  }

  get size(): number {
    return this.#members.size;
  }

  get(person: PersonId): Member | undefined {
    return this.#members.get(person);
  }

  set(person: PersonId, member: Member): void {
    const isNew = !this.#members.has(person);
    this.#members.set(person, member);
    this.#text = isNew && this.#text ? JsonText.appended(this.#text, member) : undefined;
    this.#textButLast = undefined;
  }

  /** All members, longest-present first. */
  get text(): JsonText<Member[]> {
    this.#text ??= JsonText.of([...this.#members.values()]);
    return this.#text;
  }

  /** The list with this member in place of the last one. */
  textEndingWith(member: Member): JsonText<Member[]> {
    this.#textButLast ??= JsonText.of([...this.#members.values()].slice(0, -1));
    return JsonText.appended(this.#textButLast, member);
  }
}
