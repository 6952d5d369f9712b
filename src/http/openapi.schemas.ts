import type { TSchema } from '@sinclair/typebox';
import { type Json, type JsonObject, mapped } from './openapi.components.ts';

const INT32 = 2 ** 31;
const NULL = { type: 'null' };

/** Used only by our own checks. Marks of TypeBox and Elysia are symbols, which are not serialized. */
const OURS = new Set(['says', 'of', 'least', 'additionalProperties', 'patternProperties']);

/**
 * The document's schemas: the library's, rewritten so that generators of any language can use them. Models become
 * references, even where nullable; numbers get a format; JavaScript-only patterns are dropped.
 */
export class SchemaBook {
  /** The models, by title. */
  readonly schemas: Record<string, JsonObject> = {};

  /** Rewrites a schema. A titled model becomes a reference. */
  of(schema: TSchema): JsonObject {
    const { title, type } = schema as { title?: string; type?: string | string[] };
    if (Array.isArray(type)) return this.#nullable(schema, type);
    return title !== undefined && type === 'object' ? this.named(title, schema) : this.#plain(schema);
  }

  /** A reference to the model. Throws if two different models share its name. */
  named(name: string, schema: TSchema, more: JsonObject = {}): JsonObject {
    const written = { title: name, ...this.#plain(schema), ...more };
    const known = this.schemas[name];
    if (known && !Bun.deepEquals(known, written)) throw new Error(`two different models have the name ${name}`);
    this.schemas[name] = written;
    return { $ref: `#/components/schemas/${name}` };
  }

  /** The library adds null to the type, which hides the model, and an enum without null would still refuse it. */
  #nullable(schema: TSchema, types: string[]): JsonObject {
    const one = this.of({ ...schema, type: types[0] } as TSchema);
    if (!one.$ref && !one.enum && one.type !== 'object') return { ...one, type: types };
    const { description, ...rest } = one;
    return { anyOf: [rest, NULL], ...(description === undefined ? {} : { description }) };
  }

  #plain(schema: TSchema): JsonObject {
    const { const: constant, properties, items, anyOf, ...rest } = schema as Record<string, unknown>;
    const written = Object.fromEntries(Object.entries(rest).filter(([key]) => !OURS.has(key))) as JsonObject;
    if (constant !== undefined) return { ...written, enum: [constant as Json] };
    if (schema.enum) delete written.pattern;
    if (schema.of === 'url') written.pattern = '^https?://';
    if (schema.type === 'integer') written.format = sizeOf(schema);
    if (anyOf) written.anyOf = (anyOf as TSchema[]).map((option) => this.of(option));
    if (properties) written.properties = mapped(properties as Record<string, TSchema>, (one) => inWords(this.of(one)));
    if (items) written.items = this.of(items as TSchema);
    // A record: arbitrary names, one schema for the values.
    const [values] = Object.values((schema.patternProperties as Record<string, TSchema> | undefined) ?? {});
    if (values) written.additionalProperties = this.of(values);
    return written;
  }
}

/** Some generators require every field that has a default, so the default moves into the description. */
function inWords({ default: preset, description, ...schema }: JsonObject): JsonObject {
  const words = [description, preset === undefined ? undefined : `\`${String(preset)}\` if left out.`];
  const said = words.filter((one) => one !== undefined).join(' ');
  return said ? { ...schema, description: said } : schema;
}

/** A format wide enough for every allowed number. Without one, some generators assume 32 bits. */
function sizeOf({ minimum, maximum }: TSchema): string {
  const isSmall = minimum !== undefined && maximum !== undefined && minimum >= -INT32 && maximum < INT32;
  return isSmall ? 'int32' : 'int64';
}
