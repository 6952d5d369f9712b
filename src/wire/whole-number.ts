import { Kind, type TSchema, Type, TypeRegistry } from '@sinclair/typebox';

type Options = { minimum: number; maximum: number; default?: number; description?: string };

const WHOLE = 'PortalWholeNumber';
const DIGITS = /^(?:0|-?[1-9]\d*)$/;

/** With a default, the number itself comes along when the text is missing. */
TypeRegistry.Set<Options>(WHOLE, ({ minimum, maximum }, value) => {
  const number = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return Number.isInteger(number) && (number as number) >= minimum && (number as number) <= maximum;
});

/**
 * A whole number in a path or a query, where it arrives as text. Elysia's `t.Integer` reads `0x1f` and ` 7 ` as well, so that
 * one thing would have several addresses, and it forgets the field's name when a number is out of range.
 */
export function WholeNumber(options: Options) {
  const schema = { [Kind]: WHOLE, type: 'integer', ...options } as unknown as TSchema;
  return Type.Transform(Type.Unsafe<number>(schema))
    .Decode(Number)
    .Encode((number) => number);
}
