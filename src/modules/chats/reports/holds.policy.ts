import { DAY_MS } from '../../../core/durations.ts';
import type { PersonId } from '../../../core/principal.ts';

/** An open report. `network` stands for the address that it came from. */
export type OpenReport = { reporter: PersonId; network: string; createdAt: number };

/**
 * Whether within some 24 hours `hold` different people reported from as many addresses. Oldest first. It stays true as time
 * passes, so waiting does not end a hold.
 */
export function isOnHold(open: readonly OpenReport[], hold: number): boolean {
  if (hold === 0) return false;
  const people = new Tally<PersonId>();
  const networks = new Tally<string>();
  let first = 0;
  for (const report of open) {
    people.add(report.reporter);
    networks.add(report.network);
    for (let old = open[first]; old && report.createdAt - old.createdAt >= DAY_MS; old = open[++first]) {
      people.remove(old.reporter);
      networks.remove(old.network);
    }
    if (people.distinct >= hold && networks.distinct >= hold) return true;
  }
  return false;
}

/** How often each value is there. */
class Tally<Value> {
  readonly #times = new Map<Value, number>();

  get distinct(): number {
    return this.#times.size;
  }

  add(value: Value): void {
    this.#times.set(value, (this.#times.get(value) ?? 0) + 1);
  }

  remove(value: Value): void {
    const left = (this.#times.get(value) ?? 0) - 1;
    if (left > 0) this.#times.set(value, left);
    else this.#times.delete(value);
  }
}
