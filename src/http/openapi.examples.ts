import type { Json, JsonObject } from './openapi.components.ts';

/** Realistic values by `Model.field` or by field name. */
export type Examples = Readonly<Record<string, Json>>;

/** An example that the schema accepts, filled with realistic values. */
export function exampleOf(
  schema: JsonObject,
  schemas: Readonly<Record<string, JsonObject>>,
  examples: Examples,
  name = '',
  model = '',
): Json {
  const $ref = schema.$ref as string | undefined;
  if ($ref !== undefined) {
    const title = $ref.slice($ref.lastIndexOf('/') + 1);
    return exampleOf(schemas[title] ?? {}, schemas, examples, name, title);
  }
  const known = examples[`${model}.${name}`] ?? examples[name];
  if (known !== undefined && suits(schema, known)) return known;
  const inner = (one: Json | undefined, field = name) => exampleOf(one as JsonObject, schemas, examples, field, model);
  if (Array.isArray(schema.anyOf)) return inner(schema.anyOf[0]);
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  if (schema.default !== undefined) return schema.default;
  const [type] = [schema.type].flat();
  if (type === 'object') {
    const fields = Object.entries((schema.properties as JsonObject | undefined) ?? {});
    return Object.fromEntries(fields.map(([field, one]) => [field, inner(one, field)]));
  }
  if (type === 'array') return schema.maxItems === 0 ? [] : [inner(schema.items)];
  if (type === 'null') return null;
  if (type === 'boolean') return false;
  if (type === 'integer' || type === 'number') return (schema.minimum as number | undefined) ?? 0;
  return schema.format === 'date-time' ? '2026-01-31T18:00:00.000Z' : '';
}

/** Whether the schema accepts values of this type. */
function suits(schema: JsonObject, value: Json): boolean {
  if (Array.isArray(schema.anyOf)) return (schema.anyOf as JsonObject[]).some((one) => suits(one, value));
  if (Array.isArray(schema.enum)) return schema.enum.includes(value);
  const types = [schema.type].flat();
  if (value === null) return types.includes('null');
  if (typeof value === 'number')
    return types.includes('number') || (types.includes('integer') && Number.isInteger(value));
  return types.includes(Array.isArray(value) ? 'array' : typeof value);
}
