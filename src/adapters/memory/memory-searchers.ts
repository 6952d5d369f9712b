import type { PersonId } from '../../core/principal.ts';
import type { MemorySearch } from './memory-match-search.ts';

/** Searches by session and by person. */
export class MemorySearchers<Note> {
  readonly #bySearcher = new Map<string, MemorySearch<Note>>();
  /** The latest search of each person. Older ones hang on it, since a set for each person would take more memory. */
  readonly #latest = new Map<PersonId, MemorySearch<Note>>();

  get size(): number {
    return this.#bySearcher.size;
  }

  get people(): number {
    return this.#latest.size;
  }

  find(searcher: string): MemorySearch<Note> | undefined {
    return this.#bySearcher.get(searcher);
  }

  latestOf(person: PersonId): MemorySearch<Note> | undefined {
    return this.#latest.get(person);
  }

  /** Oldest first. */
  of(person: PersonId): MemorySearch<Note>[] {
    const searches: MemorySearch<Note>[] = [];
    for (let search = this.#latest.get(person); search; search = search.olderOfPerson) searches.push(search);
    return searches.reverse();
  }

  add(search: MemorySearch<Note>): void {
    this.#bySearcher.set(search.searcher, search);
    search.olderOfPerson = this.#latest.get(search.person);
    this.#latest.set(search.person, search);
  }

  /** Returns the latest search that the person still has. */
  remove(search: MemorySearch<Note>): MemorySearch<Note> | undefined {
    const { searcher, person, olderOfPerson } = search;
    this.#bySearcher.delete(searcher);
    const latest = this.#latest.get(person);
    if (latest === search) {
      if (olderOfPerson) this.#latest.set(person, olderOfPerson);
      else this.#latest.delete(person);
      return olderOfPerson;
    }
    let younger = latest;
    while (younger && younger.olderOfPerson !== search) younger = younger.olderOfPerson;
    if (younger) younger.olderOfPerson = olderOfPerson;
    return latest;
  }
}
