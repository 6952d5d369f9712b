import type { Static, TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { ValueError } from '@sinclair/typebox/errors';
import { HasTransform, TransformDecode } from '@sinclair/typebox/value';
import { type AppError, invalid } from '../core/errors.ts';
import { fieldName, plainest, sentence } from './sentences.ts';

/**
 * Compiles a schema. The returned function returns the value with its texts normalized, or throws `ERR_VALIDATION` for the first
 * invalid field.
 */
export function validator<T extends TSchema>(schema: T): (value: unknown) => Static<T> {
  const check = TypeCompiler.Compile(schema);
  const isTransformed = HasTransform(schema, []);
  return (value) => {
    if (check.Check(value)) return isTransformed ? (TransformDecode(schema, [], value) as Static<T>) : value;
    const error = check.Errors(value).First();
    throw error ? invalidField(error) : invalid();
  };
}

/** The error for one invalid field. */
export function invalidField(error: ValueError): AppError {
  const plain = plainest(error);
  return invalid.saying(sentence(plain))({ field: fieldName(plain.path) });
}
