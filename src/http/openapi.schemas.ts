import type { TSchema } from '@sinclair/typebox';
import type { Json, JsonObject } from './openapi.components.ts';

const INT32 = 2 ** 31;

/** Only our own checks read these; TypeBox's and Elysia's own marks are symbols, which no document shows. */
const OURS = new Set(['says', 'of', 'least', 'additionalProperties', 'patternProperties']);

/**
 * Schemas of the document. They are those that check requests and answers, written so that generators of any language make
 * something of them: models by reference, alternatives as enums, numbers with a size, no pattern that only JavaScript reads.
 */
export class SchemaBook {
  /** The models, by title. */
  readonly schemas: Record<string, JsonObject> = {};

  /** A schema; a model with a title by reference. */
  of(schema: TSchema): JsonObject {
    const title: unknown = schema.title;
    return typeof title === 'string' && schema.type === 'object' ? this.named(title, schema) : this.#plain(schema);
  }

  /** A reference to a model of this name. Throws where two different models would have it. */
  named(name: string, schema: TSchema, more: JsonObject = {}): JsonObject {
    const written = { title: name, ...this.#plain(schema), ...more };
    const known = this.schemas[name];
    if (known && !Bun.deepEquals(known, written)) throw new Error(`two different models have the name ${name}`);
    this.schemas[name] = written;
    return { $ref: `#/components/schemas/${name}` };
  }

  #plain(schema: TSchema): JsonObject {
    if (Array.isArray(schema.anyOf)) return this.#union(schema, schema.anyOf as TSchema[]);
    const { const: constant, properties, items, ...rest } = schema as Record<string, unknown>;
    const written = Object.fromEntries(Object.entries(rest).filter(([key]) => !OURS.has(key))) as JsonObject;
    if (constant !== undefined) return { ...written, enum: [constant as Json] };
    if (schema.enum) delete written.pattern;
    if (schema.of === 'url') written.pattern = '^https?://';
    if (schema.type === 'integer') written.format = sizeOf(schema);
    if (properties) written.properties = this.#properties(properties as Record<string, TSchema>);
    if (items) written.items = this.of(items as TSchema);
    // A record: whatever its names are, its values are like this.
    const [values] = Object.values((schema.patternProperties as Record<string, TSchema> | undefined) ?? {});
    if (values) written.additionalProperties = this.of(values);
    return written;
  }

  #properties(properties: Record<string, TSchema>): JsonObject {
    return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, this.of(schema)]));
  }

  #union({ description, default: preset }: TSchema, options: TSchema[]): JsonObject {
    const words = {
      ...(description === undefined ? {} : { description: description as string }),
      ...(preset === undefined ? {} : { default: preset as Json }),
    };
    const isNullable = options.some(({ type }) => type === 'null');
    const others = alternatives(options.filter(({ type }) => type !== 'null').map((option) => this.of(option)));
    const [only, ...more] = others;
    if (!only || more.length > 0) return { anyOf: isNullable ? [...others, NULL] : others, ...words };
    if (!isNullable) return { ...only, ...words };
    const isSimple = typeof only.type === 'string' && only.type !== 'object' && only.enum === undefined;
    return isSimple ? { ...only, ...words, type: [only.type as string, 'null'] } : { anyOf: [only, NULL], ...words };
  }
}

const NULL = { type: 'null' };

/** Words that may stand for each other become one enum; so do numbers. */
function alternatives(options: readonly JsonObject[]): JsonObject[] {
  const enums = new Map<string, Json[]>();
  const others: JsonObject[] = [];
  for (const option of options) {
    if (!Array.isArray(option.enum) || typeof option.type !== 'string') others.push(option);
    else enums.set(option.type, [...(enums.get(option.type) ?? []), ...option.enum]);
  }
  return [...others, ...[...enums].map(([type, values]) => ({ type, enum: values }))];
}

/** What holds every number that a schema allows: without it some generators take 32 bits for all. */
function sizeOf({ minimum, maximum }: TSchema): string {
  const isSmall = minimum !== undefined && maximum !== undefined && minimum >= -INT32 && maximum < INT32;
  return isSmall ? 'int32' : 'int64';
}
