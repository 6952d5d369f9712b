import { join } from 'node:path';

/** A schema of the server, as far as a type is made of it. */
export type Schema = {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  required?: string[];
  description?: string;
};

const NAMES: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** The TypeScript type of a schema, with its descriptions as comments. */
export function typeOf(schema: Schema, indent = ''): string {
  const inner = `${indent}  `;
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  const choices = schema.anyOf ?? (Array.isArray(schema.type) ? schema.type.map((type) => ({ ...schema, type })) : []);
  if (choices.length > 0) return [...new Set(choices.map((one) => typeOf(one, indent)))].join(' | ');
  if (schema.allOf) return schema.allOf.map((one) => typeOf(one, indent)).join(' & ');
  if (schema.type === 'array' && schema.items) {
    const entry = typeOf(schema.items, indent);
    return /^\w+$|^\{[^|&]*\}$/.test(entry) ? `${entry}[]` : `(${entry})[]`;
  }
  if (schema.patternProperties) {
    const values = Object.values(schema.patternProperties).map((one) => typeOf(one, indent));
    return `Record<string, ${values.join(' | ')}>`;
  }
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(([name, one]) => {
      const comment = one.description ? `${inner}/** ${one.description.replaceAll('*/', '* /')} */\n` : '';
      return `${comment}${inner}${name}${schema.required?.includes(name) ? '' : '?'}: ${typeOf(one, inner)};\n`;
    });
    return `{\n${fields.join('')}${indent}}`;
  }
  const name = typeof schema.type === 'string' ? NAMES[schema.type] : undefined;
  if (Object.keys(schema).length === 0) return 'unknown';
  if (name === undefined) throw new Error(`No type is known for ${JSON.stringify(schema)}`);
  return name;
}

const literal = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value));

const OF_SERVER = /^import type \* as (\w+) from '((?:\.\.\/)+(?:modules|wire)\/[^']+)';\n/gm;
const MODEL = /\bStatic<typeof (\w+)\.(\w+)>/g;

export type Model = { reference: string; path: string; name: string; schema: Schema };

/** The models of the server that a file of the client library is typed by. */
export async function modelsOf(source: string, folder: string): Promise<Model[]> {
  const paths = new Map([...source.matchAll(OF_SERVER)].map(([, as = '', path = '']) => [as, join(folder, path)]));
  return Promise.all(
    [...source.matchAll(MODEL)].map(async ([reference, as = '', name = '']) => {
      const path = paths.get(as) ?? '';
      const schema = ((await import(path)) as Record<string, Schema>)[name];
      if (!schema) throw new Error(`${path} has no model ${name}`);
      return { reference, path, name, schema };
    }),
  );
}

/** The file with its models written out, so that it stands without the server. */
export async function standing(source: string, folder: string): Promise<string> {
  const types = new Map((await modelsOf(source, folder)).map(({ reference, schema }) => [reference, typeOf(schema)]));
  return source
    .replace(MODEL, (reference) => types.get(reference) ?? reference)
    .replace(OF_SERVER, '')
    .replace("import type { Static } from '@sinclair/typebox';\n", '');
}
