type Schema = {
  $ref?: string;
  type?: string | string[];
  anyOf?: Schema[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  format?: string;
};

const NASTY_TEXTS = [
  '',
  ' ',
  'a',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e\u202e',
  '\u200b\u200b\u200b',
  'é'.normalize('NFD'),
  '😀'.repeat(40),
  '__proto__',
  'constructor',
  "' or 1=1 --",
  '%',
  '_%_',
  '../../etc/passwd',
  '9999-12-31T23:59:59-23:59',
  '2030-01-01T00:00:00Z',
  '1710000000000-0',
  '999999999999999-9999999999',
  '{"v":2,"epoch":1,"ct":"AAAA"}',
  `{"v":2,"epoch":1,"ct":"${'A'.repeat(56)}"}`,
  'A'.repeat(44),
  'x'.repeat(5000),
];
const NASTY_NUMBERS = [
  0,
  -0,
  -1,
  1,
  2,
  3,
  0.5,
  1e21,
  1e308,
  Number.MAX_SAFE_INTEGER,
  -Number.MAX_SAFE_INTEGER,
  2 ** 31,
  2 ** 53,
];

/** Chance that can be repeated: the same seed, the same throws. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 1, by mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  text(): string {
    if (this.happens(0.5)) return this.pick(NASTY_TEXTS);
    return Array.from({ length: this.below(40) }, () => String.fromCodePoint(32 + this.below(0x2ff))).join('');
  }

  /** Any JSON at all, not too deep. */
  json(depth = 3): unknown {
    const kind = this.below(depth > 0 ? 8 : 5);
    if (kind === 0) return null;
    if (kind === 1) return this.happens(0.5);
    if (kind === 2) return this.pick(NASTY_NUMBERS);
    if (kind < 5) return this.text();
    if (kind === 5) return Array.from({ length: this.below(5) }, () => this.json(depth - 1));
    const names = ['id', 'user_id', 'chat_id', 'name', 'content', 'keys', 'epoch', '__proto__', this.text()];
    return Object.fromEntries(Array.from({ length: this.below(5) }, () => [this.pick(names), this.json(depth - 1)]));
  }

  /** A list of mouse and keys for a shared browser, nearly right. */
  inputs(): unknown[] {
    const types = ['move', 'down', 'up', 'wheel', 'key', 'text', 'tap', '__proto__'];
    const fraction = () => (this.happens(0.9) ? this.next() : this.pick([...NASTY_NUMBERS, 1, -0.1, 1.1, null]));
    return Array.from({ length: this.below(this.happens(0.05) ? 70 : 6) }, () => {
      const event: Record<string, unknown> = {
        type: this.pick(types),
        x: fraction(),
        y: fraction(),
        button: this.below(4),
        dx: this.pick(NASTY_NUMBERS),
        dy: this.below(200),
        key: this.happens(0.7) ? this.pick(['a', 'Meta', 'Enter', 'F13', 'ß', '😀', 'Dead']) : this.text(),
        code: this.happens(0.7) ? this.pick(['KeyA', 'MetaLeft', '', 'Enter']) : this.text(),
        down: this.happens(0.5),
        modifiers: this.below(18),
        text: this.text(),
      };
      if (this.happens(0.2)) delete event[this.pick(Object.keys(event))];
      if (this.happens(0.05)) event[this.pick(Object.keys(event))] = this.json(1);
      return event;
    });
  }

  /** What a schema asks for, mostly; `known` are values that mean something here, by field. */
  fitting(schema: Schema, known: Readonly<Record<string, readonly unknown[]>>, name = ''): unknown {
    if (this.happens(0.08)) return this.json();
    const meant = known[name];
    if (meant && meant.length > 0 && this.happens(0.8)) return this.pick(meant);
    if (schema.anyOf) return this.fitting(this.pick(schema.anyOf), known, name);
    if (schema.enum) return this.pick(schema.enum);
    const type = this.pick([schema.type ?? 'string'].flat());
    if (type === 'object') {
      const fields = Object.entries(schema.properties ?? {});
      const given = fields.filter(([field]) => this.happens(schema.required?.includes(field) ? 0.95 : 0.5));
      return Object.fromEntries(given.map(([field, one]) => [field, this.fitting(one, known, field)]));
    }
    if (type === 'array')
      return Array.from({ length: 1 + this.below(3) }, () => this.fitting(schema.items ?? {}, known, name));
    if (type === 'boolean') return this.happens(0.5);
    if (type === 'null') return null;
    if (type === 'integer' || type === 'number') return this.#number(schema);
    if (schema.format === 'date-time')
      return this.pick(['2030-01-01T00:00:00Z', '2026-02-01T00:00:00+01:00', '0000-01-01T00:00:00Z']);
    const length = Math.min(schema.maxLength ?? 20, (schema.minLength ?? 1) + this.below(12));
    return this.happens(0.25)
      ? this.text()
      : Array.from({ length }, () => this.pick([...'abcdefghij0123456789'])).join('');
  }

  #number({ minimum = 0, maximum = 1000 }: Schema): number {
    if (this.happens(0.2)) return this.pick([minimum, maximum, minimum - 1, maximum + 1, ...NASTY_NUMBERS]);
    return minimum + this.below(Math.min(maximum - minimum, 100) + 1);
  }
}

/** The seed of this run, told so that it can be run again. */
export function fuzzSeed(): number {
  const given = process.env.PORTAL_FUZZ_SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  console.log(`fuzz: PORTAL_FUZZ_SEED=${seed}`);
  return seed;
}

/** Rounds without end, for so many seconds of the machine's time. */
export async function* rounds(seconds: number): AsyncGenerator<number> {
  const end = performance.now() + seconds * 1000;
  for (let round = 0; performance.now() < end; round++) yield round;
}
