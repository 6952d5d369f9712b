import { Kind, type TSchema, Type, TypeRegistry } from '@sinclair/typebox';

const TEXT = 'PortalText';

// Lone surrogates cannot be stored as they are, and PostgreSQL refuses NUL.
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const CONTROL_IN_LINES = /(?![\t\n\r])\p{Cc}/u;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** They reorder the surrounding text, so that one name can pass for another. */
const BIDI_CONTROL = /\p{Bidi_Control}/u;
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2800]/gu;
const ADDRESS = /^https?:\/\/[^\s\p{Cc}]+$/u;

const isLine = (text: string) => text.isWellFormed() && !CONTROL.test(text);
const isLines = (text: string) => text.isWellFormed() && !CONTROL_IN_LINES.test(text);
const shows = (text: string, least: number) => (text.match(VISIBLE)?.length ?? 0) >= least;

function nameComplaint(text: string, least: number): string | undefined {
  if (!isLine(text) || !shows(text, least)) return `must be one line with at least ${visibles(least)}`;
  return BIDI_CONTROL.test(text) ? 'must not hold characters that change the direction of text' : undefined;
}

/** Browsers write other letters as several characters each. */
const LONGEST_ADDRESS = 2048;
const NO_ADDRESS = 'must be an http or https address';

/** Of an address that a shared browser should open. */
function pageComplaint(text: string): string | undefined {
  const url = text.isWellFormed() && ADDRESS.test(text) ? URL.parse(text) : null;
  if (!url) return NO_ADDRESS;
  if (url.href.length > LONGEST_ADDRESS) return `must be at most ${LONGEST_ADDRESS} characters once it is encoded`;
  return url.username || url.password ? 'must not hold a name or password' : undefined;
}

/** One check per kind of text: the complaint, or undefined. */
const COMPLAINTS = {
  any: (text) => (text.isWellFormed() ? undefined : 'must be text'),
  line: (text) => (isLine(text) ? undefined : 'must be one line without control characters'),
  lines: (text) => (isLines(text) ? undefined : 'must be text without control characters'),
  statement: (text, least) =>
    isLines(text) && shows(text, least)
      ? undefined
      : `must be text without control characters, with at least ${visibles(least)}`,
  title: (text, least) => (isLine(text) ? nameComplaint(text, least) : 'must be one line without control characters'),
  name: (text, least) => nameComplaint(text, least),
  opaque: (text) =>
    isLine(text) && !INVISIBLE.test(text) && !BIDI_CONTROL.test(text)
      ? undefined
      : 'may hold printable characters only',
  url: (text) => (text.isWellFormed() && ADDRESS.test(text) ? undefined : NO_ADDRESS),
  page: (text) => pageComplaint(text),
} satisfies Record<string, (text: string, least: number) => string | undefined>;

/** Kinds that people read. They are normalized to NFC, so that equal letters compare equal however they were typed. */
const COMPOSED = new Set<TextKind>(['line', 'lines', 'statement', 'title', 'name']);

export type TextKind = keyof typeof COMPLAINTS;
export type TextOptions = { minLength?: number; maxLength?: number; description?: string };
type TextSchema = TextOptions & { of: TextKind; least: number };

/** A text of this kind with at least `least` visible characters. Lengths count code points. */
export function Text(of: TextKind, options: TextOptions = {}, least = 1) {
  const schema = Type.Unsafe<string>({ [Kind]: TEXT, type: 'string', of, least, ...options } as unknown as TSchema);
  if (!COMPOSED.has(of)) return schema;
  return Type.Transform(schema)
    .Decode((text) => text.normalize('NFC'))
    .Encode((text) => text);
}

TypeRegistry.Set<TextSchema>(
  TEXT,
  (schema, value) => typeof value === 'string' && complaintOf(schema, value) === undefined,
);

/** The complaint about a value; undefined if it is valid or the schema is not a text. */
export function textComplaint(schema: TSchema, value: unknown): string | undefined {
  if (schema[Kind] !== TEXT) return undefined;
  return typeof value === 'string' ? complaintOf(schema as unknown as TextSchema, value) : 'must be a string';
}

function complaintOf({ minLength, maxLength, of, least }: TextSchema, value: string): string | undefined {
  const text = COMPOSED.has(of) ? value.normalize('NFC') : value;
  const length = lengthOf(text);
  if (minLength !== undefined && length < minLength) return `must be at least ${characters(minLength)}`;
  if (maxLength !== undefined && length > maxLength) return `must be at most ${characters(maxLength)}`;
  return COMPLAINTS[of](text, least);
}

/** In code points: 😀 is one. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

const characters = (count: number) => `${count} ${count === 1 ? 'character' : 'characters'}`;
const visibles = (count: number) => `${count} visible ${count === 1 ? 'character' : 'characters'}`;
