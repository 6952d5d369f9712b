import { describe, expect, test } from 'bun:test';
import { type TSchema, Type } from '@sinclair/typebox';
import { TransformDecodeCheckError, Value } from '@sinclair/typebox/value';
import { isoTime } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { isDateTime } from '../../src/wire/date-time.ts';
import { HttpUrl, Id, Line, Name, Nullable, Opaque, Paragraph, Statement, Title } from '../../src/wire/models.ts';
import { fieldName } from '../../src/wire/sentences.ts';
import { validator } from '../../src/wire/validator.ts';
import { WholeNumber } from '../../src/wire/whole-number.ts';

/** The sentence by which the value is refused; undefined when it is fine. */
function refusal(schema: TSchema, value: unknown): string | undefined {
  try {
    validator(schema)(value);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    const { errorCode, status, message, details } = error as AppError;
    expect({ errorCode, status }).toEqual({ errorCode: 'ERR_VALIDATION', status: 400 });
    expect(message).toStartWith(`${details.field} `);
    return message;
  }
}

describe('a sentence', () => {
  const body = (schema: TSchema) => Type.Object({ field: schema });
  const list = Type.Array(Type.Object({ id: Type.String({ maxLength: 2 }) }), { minItems: 1, maxItems: 2 });
  test.each([
    [Type.String(), undefined, 'field is required'],
    [Type.String(), 5, 'field must be a string'],
    [Type.Number(), 'x', 'field must be a number'],
    [Type.Integer(), 1.5, 'field must be an integer'],
    [Type.Boolean(), 'true', 'field must be true or false'],
    [Type.Object({}), [], 'field must be an object'],
    [Type.Array(Type.Any()), {}, 'field must be an array'],
    [Type.Null(), 1, 'field must be null'],
    [Type.Literal('a'), 'b', 'field must be "a"'],
    [Type.Union([Type.Literal('a'), Type.Literal(2)]), 'b', 'field must be "a" or 2'],
    [Type.String({ minLength: 1 }), '', 'field must be at least 1 character'],
    [Type.String({ minLength: 2 }), 'x', 'field must be at least 2 characters'],
    [Type.String({ maxLength: 1 }), 'xx', 'field must be at most 1 character'],
    [Type.String({ pattern: 'x' }), 'y', 'field does not have the right form'],
    [Type.String({ pattern: 'x', says: 'must hold an x' }), 'y', 'field must hold an x'],
    [Type.Integer({ minimum: 3 }), 2, 'field must be at least 3'],
    [Type.Number({ maximum: 3 }), 4, 'field must be at most 3'],
    [list, [], 'field must have at least 1 entry'],
    [list, [{ id: 'a' }, { id: 'b' }, { id: 'c' }], 'field must have at most 2 entries'],
    [list, [{ id: 'a' }, { id: 'abc' }], 'field[1].id must be at most 2 characters'],
    [list, [{ id: 'a' }, 5], 'field[1] must be an object'],
    [Type.Object({}, { additionalProperties: false }), { more: 1 }, 'field.more is not known here'],
  ])('%# names the field and what is wrong with it', (schema, value, sentence) => {
    expect(refusal(body(schema), { field: value })).toBe(sentence);
  });

  test('of a value that may be null speaks of what it is, not of all that it might be', () => {
    const nullable = Nullable(Type.String({ maxLength: 2, pattern: '^x', says: 'must begin with x' }));
    expect(refusal(body(nullable), { field: null })).toBeUndefined();
    expect(refusal(body(nullable), { field: 5 })).toBe('field must be a string or null');
    expect(refusal(body(nullable), { field: 'xxx' })).toBe('field must be at most 2 characters');
    expect(refusal(body(nullable), { field: 'y' })).toBe('field must begin with x');
    expect(refusal(body(Nullable(Id())), { field: 0 })).toBe('field must be at least 1');
    const inner = Nullable(Type.Object({ a: Nullable(Type.Integer({ maximum: 3 })) }));
    expect(refusal(body(inner), { field: { a: 4 } })).toBe('field.a must be at most 3');
    expect(refusal(body(inner), { field: {} })).toBe('field.a is required');
    expect(refusal(body(inner), { field: [] })).toBe('field must be an object or null');
  });

  test('never repeats the value', () => {
    const secret = 'hunter2';
    for (const schema of [Type.Integer(), Type.String({ maxLength: 1 }), Type.Literal('x'), Nullable(Type.Null())])
      expect(refusal(body(schema), { field: secret })).not.toContain(secret);
  });

  test('of the whole says body', () => {
    for (const value of [null, [], 'x', 5, undefined]) expect(refusal(body(Type.String()), value)).toStartWith('body ');
  });

  test('names a field as a programmer would', () => {
    expect(fieldName('/keys/3/blob')).toBe('keys[3].blob');
    expect(fieldName('/a/b')).toBe('a.b');
    expect(fieldName('')).toBe('body');
  });
});

describe('text', () => {
  const NUL = 'a\u0000b';
  const HALF = 'a\ud800b';
  const OTHER_HALF = 'a\udc00b';
  const fine = ['plain', 'Zoë', '日本語', '😀👩‍👩‍👧', '<b>&amp;</b>', "O'Neill"];

  test('in one line takes what people write, and no control characters or halves of characters', () => {
    for (const text of [...fine, '', ' ']) expect(refusal(Line(), text)).toBeUndefined();
    for (const text of [NUL, HALF, OTHER_HALF, 'a\nb', 'a\tb', 'a\u2028b', 'a\u007f', '\ud83d', '\ude00\ud83d'])
      expect(refusal(Line(), text)).toBe('body must be one line without control characters');
  });

  test('in several lines may be broken and indented', () => {
    for (const text of [...fine, 'a\nb', 'a\r\n\tb']) expect(refusal(Paragraph(), text)).toBeUndefined();
    for (const text of [NUL, HALF, OTHER_HALF, 'a\u001bb', 'a\u000bb'])
      expect(refusal(Paragraph(), text)).toBe('body must be text without control characters');
  });

  test('that is a name has two visible characters at least', () => {
    for (const text of [...fine, 'ab', ' a b ', '  ab']) expect(refusal(Name(64), text)).toBeUndefined();
    for (const text of ['  ', ' a ', 'a ', NUL, HALF, 'ab\n', '\u00a0\u00a0', '\u3000\u3000'])
      expect(refusal(Name(64), text)).toBe('body must be one line with at least 2 visible characters');
  });

  test('that is a name or a title cannot be invisible, nor read as another one', () => {
    const invisible = [
      '\u200b\u200b',
      '\u2060\ufeff',
      '\u00ad\u00ad',
      '\u3164\u3164',
      '\u{e0041}\u{e0042}',
      '\u2800\u2800',
      '\ufe0f\u200d',
    ];
    for (const text of invisible) {
      expect(refusal(Name(64), text)).toBe('body must be one line with at least 2 visible characters');
      expect(refusal(Title({ maxLength: 120 }), text)).toBe('body must be one line with at least 1 visible character');
      expect(refusal(Statement({ maxLength: 120 }), text)).toEndWith('at least 1 visible character');
      expect(refusal(Paragraph(), text)).toBeUndefined();
    }
    for (const mark of ['\u202e', '\u202a', '\u2066', '\u2069', '\u200f', '\u061c'])
      for (const schema of [Name(64), Title({})])
        expect(refusal(schema, `invoice${mark}gnp`)).toBe(
          'body must not hold characters that change the direction of text',
        );
    for (const text of ['👩‍👩‍👧', 'क्‍ष', 'שלום', 'مرحبا', '❤️!']) expect(refusal(Name(64), text)).toBeUndefined();
    expect(refusal(Title({}), '❤️')).toBeUndefined();
  });

  test('counts characters, however many bytes or halves they have', () => {
    const short = Name(4);
    expect(refusal(short, '😀😀😀😀')).toBeUndefined();
    expect(refusal(short, '😀😀😀😀😀')).toBe('body must be at most 4 characters');
    expect(refusal(short, 'cafe\u0301')).toBeUndefined();
  });

  test('is handed on composed, as deep as it lies: the same letters are the same text', () => {
    const schema = Type.Object({ names: Type.Array(Nullable(Name(64))), q: Type.Optional(Line()), id: Opaque({}) });
    const given = { names: ['Cafe\u0301', null], q: 'e\u0301', id: 'e\u0301' };
    expect(validator(schema)(structuredClone(given))).toEqual({
      names: ['Caf\u00e9', null],
      q: '\u00e9',
      id: 'e\u0301',
    });
  });

  test('that is another system’s id holds nothing that cannot be seen', () => {
    for (const text of ['80351110224678912', 'ada@example.com', 'ada lovelace', 'ö/😀'])
      expect(refusal(Opaque({}), text)).toBeUndefined();
    for (const text of ['a\u200b', 'a\u202e', 'a\n', NUL, HALF])
      expect(refusal(Opaque({}), text)).toBe('body may hold printable characters only');
  });

  test('that is an address leads to http or https', () => {
    for (const text of ['http://a', 'https://example.com/?q=1#x', 'https://münchen.example/ü'])
      expect(refusal(HttpUrl(), text)).toBeUndefined();
    for (const text of [
      '',
      'example.com',
      'javascript:1',
      'ftp://a',
      'http://',
      'http://a b',
      ' http://a',
      'http://a\u0000',
      'http://a\ud800',
    ])
      expect(refusal(HttpUrl(), text)).toBe('body must be an http or https address');
  });

  // A backtracking pattern would not finish.
  test('of great length is checked', () => {
    for (const schema of [Line(), Paragraph(), Name(100_000), HttpUrl()]) {
      for (const text of [' '.repeat(60_000), '😀'.repeat(30_000)]) refusal(schema, text);
      expect(refusal(schema, `${'a '.repeat(30_000)}\u0000`)).toBeDefined();
    }
  });
});

describe('a whole number in a path or a query', () => {
  const schema = Type.Object({ n: WholeNumber({ minimum: 1, maximum: 500, default: 100 }) });
  const read = (n: unknown) => Value.Decode(schema, { n }).n as number;

  test('is read from digits alone', () => {
    expect(read('1')).toBe(1);
    expect(read('500')).toBe(500);
    for (const text of ['', ' ', '01', '+1', '1.0', '1e1', '0x1', '1_0', ' 1', '1 ', '١', 'NaN', 'Infinity', 'null'])
      expect({ text, refused: refusal(schema, { n: text }) }).toEqual({ text, refused: 'n must be an integer' });
  });

  test('says which border it crosses, by its name', () => {
    expect(refusal(schema, { n: '0' })).toBe('n must be at least 1');
    expect(refusal(schema, { n: '-7' })).toBe('n must be at least 1');
    expect(refusal(schema, { n: '501' })).toBe('n must be at most 500');
    expect(refusal(schema, { n: '9'.repeat(400) })).toBe('n must be at most 500');
    expect(() => read('501')).toThrow(TransformDecodeCheckError);
  });

  test('may be a number already: its default is', () => {
    expect(read(100)).toBe(100);
    for (const n of [1.5, Number.NaN, Number.POSITIVE_INFINITY, true, null, ['1'], {}])
      expect(refusal(schema, { n })).toBe('n must be an integer');
  });
});

describe('a time', () => {
  test('is a point in time, with its zone, on a day that exists', () => {
    for (const text of [
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00Z',
      '2026-01-01T00:00:00.123456789Z',
      '2024-02-29T23:59:59+05:30',
      '2000-02-29T00:00:00-23:59',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
      new Date().toISOString(),
    ])
      expect({ text, is: isDateTime(text) }).toEqual({ text, is: true });
    for (const text of [
      '',
      '2026-01-01',
      '2026-01-01T00:00:00',
      '2026-01-01 00:00:00Z',
      '2026-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2026-04-31T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-00-10T00:00:00Z',
      '2026-01-00T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01T00:60:00Z',
      '2026-01-01T00:00:60Z',
      '2026-01-01T00:00:00+24:00',
      '2026-01-01T00:00:00z',
      '2026-01-01T00:00:00Z\n',
      '+275760-09-13T00:00:00.000Z',
      'Thu, 01 Jan 2026 00:00:00 GMT',
      '1767225600000',
    ])
      expect({ text, is: isDateTime(text) }).toEqual({ text, is: false });
  });

  test('lies in the years 0000 to 9999 of UTC, whatever its zone', () => {
    for (const text of [
      '9999-12-31T23:59:59Z',
      '0000-01-01T00:00:00Z',
      '0000-01-01T01:00:00+01:00',
      '9999-12-31T22:59:59-01:00',
    ])
      expect({ text, is: isDateTime(text) }).toEqual({ text, is: true });
    for (const text of [
      '9999-12-31T23:59:59-23:59',
      '9999-12-31T23:59:59-00:01',
      '0000-01-01T00:00:00+00:01',
      '0000-01-01T00:00:00+23:59',
    ])
      expect({ text, is: isDateTime(text) }).toEqual({ text, is: false });
    // What was written before this was asked is shown as the last moment that can be.
    expect(isoTime(Date.parse('9999-12-31T23:59:59-23:59'))).toBe('9999-12-31T23:59:59.999Z');
    expect(isoTime(-8.64e15)).toBe('0000-01-01T00:00:00.000Z');
  });

  test('may be on each day of the calendar, and on no other', () => {
    const two = (number: number) => String(number).padStart(2, '0');
    for (const year of ['0000', '0004', '0100', '1900', '1999', '2000', '2024', '2026', '2100', '9999'])
      for (let month = 0; month <= 13; month++)
        for (let day = 0; day <= 32; day++) {
          const text = `${year}-${two(month)}-${two(day)}T00:00:00.000Z`;
          const at = new Date(text);
          const isThere = !Number.isNaN(at.getTime()) && at.toISOString() === text;
          expect({ text, is: isDateTime(text) }).toEqual({ text, is: isThere });
        }
  });
});
