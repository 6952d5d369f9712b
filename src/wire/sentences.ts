import type { TSchema } from '@sinclair/typebox';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { textComplaint } from './text.ts';

/** `/keys/3/blob` → `keys[3].blob` */
export function fieldName(path: string): string {
  const parts = path.split('/').slice(1);
  const name = parts.reduce(
    (said, part) => (/^\d+$/.test(part) ? `${said}[${part}]` : said ? `${said}.${part}` : part),
    '',
  );
  return name || 'body';
}

/** One sentence about what is wrong. It never repeats the value, which may be a secret. */
export function sentence(error: ValueError): string {
  return `${fieldName(error.path)} ${complaint(error)}`;
}

const OTHER_KIND = new Set([
  ValueErrorType.String,
  ValueErrorType.Integer,
  ValueErrorType.Number,
  ValueErrorType.Boolean,
  ValueErrorType.Null,
  ValueErrorType.Literal,
  ValueErrorType.Object,
  ValueErrorType.Array,
]);

/** For a failed union: the error of the branch whose type the value has. */
export function plainest(error: ValueError): ValueError {
  if (error.type !== ValueErrorType.Union) return error;
  for (const option of error.errors) {
    const first = option.First();
    if (first && (first.path !== error.path || !isOtherKind(first))) return plainest(first);
  }
  return error;
}

/** Whether the value is of another type than the schema, rather than a wrong one of its type. */
function isOtherKind({ type, schema, value }: ValueError): boolean {
  return (
    OTHER_KIND.has(type) || (type === ValueErrorType.Kind && schema.type === 'string' && typeof value !== 'string')
  );
}

function complaint({ type, schema, value }: ValueError): string {
  if (value === undefined) return 'is required';
  const says = (schema as { says?: unknown }).says;
  switch (type) {
    case ValueErrorType.ObjectRequiredProperty:
      return 'is required';
    case ValueErrorType.ObjectAdditionalProperties:
      return 'is not known here';
    case ValueErrorType.StringMinLength:
      return `must be at least ${count(schema.minLength, 'character')}`;
    case ValueErrorType.StringMaxLength:
      return `must be at most ${count(schema.maxLength, 'character')}`;
    case ValueErrorType.IntegerMinimum:
    case ValueErrorType.NumberMinimum:
      return `must be at least ${schema.minimum}`;
    case ValueErrorType.IntegerMaximum:
    case ValueErrorType.NumberMaximum:
      return `must be at most ${schema.maximum}`;
    case ValueErrorType.ArrayMinItems:
      return `must have at least ${count(schema.minItems, 'entry', 'entries')}`;
    case ValueErrorType.ArrayMaxItems:
      return `must have at most ${count(schema.maxItems, 'entry', 'entries')}`;
    case ValueErrorType.StringPattern:
    case ValueErrorType.StringFormat:
      return typeof says === 'string' ? says : 'does not have the right form';
    case ValueErrorType.Kind:
      return textComplaint(schema, value) ?? wholeNumberComplaint(schema, value);
    default:
      return `must be ${kindOf(schema)}`;
  }
}

/** For numbers in a path or query; see whole-number.ts. */
function wholeNumberComplaint(schema: TSchema, value: unknown): string {
  if (typeof value !== 'string' || !/^-?\d{1,400}$/.test(value)) return `must be ${kindOf(schema)}`;
  if (Number(value) < schema.minimum) return `must be at least ${schema.minimum}`;
  return Number(value) > schema.maximum ? `must be at most ${schema.maximum}` : `must be ${kindOf(schema)}`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

const KINDS: Record<string, string> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
  null: 'null',
};

function kindOf(schema: TSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const options = schema.anyOf as TSchema[] | undefined;
  if (options) return [...new Set(options.map(kindOf))].join(' or ');
  return KINDS[schema.type as string] ?? 'of the right type';
}
