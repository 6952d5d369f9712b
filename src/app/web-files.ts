import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WebFile, WebFiles } from '../http/web-files.ts';

/** Where the pages are embedded in the binary. */
const EMBEDDED = import.meta.dir.startsWith('/$bunfs') ? join(import.meta.dir, 'web') : undefined;

type Read = (path: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;

/**
 * The pages and their assets. In the binary they are embedded, and read on first use. When running from source they are built on
 * the first request, so that `npm start` needs no build step.
 */
export function openWebFiles(): WebFiles {
  const read = EMBEDDED === undefined ? builtFiles() : embeddedFiles(EMBEDDED);
  const known = new Map<string, Promise<WebFile | undefined>>();
  return {
    async find(path) {
      const file = known.get(path) ?? load(read, path);
      // Cache hits only: the number of unknown paths is unlimited.
      if (await file) known.set(path, file);
      return file;
    },
  };
}

async function load(read: Read, path: string): Promise<WebFile | undefined> {
  if (/\.(br|gz)$/.test(path)) return undefined;
  const identity = await read(path);
  if (!identity) return undefined;
  const [br, gzip] = [await read(`${path}.br`), await read(`${path}.gz`)];
  return {
    // A program is read, not downloaded.
    type: path.endsWith('.py') ? 'text/plain;charset=utf-8' : Bun.file(path).type,
    tag: Bun.hash(identity).toString(36),
    bodies: { identity, ...(br ? { br } : {}), ...(gzip ? { gzip } : {}) },
  };
}

function embeddedFiles(folder: string): Read {
  const paths = new Set(readdirSync(folder, { recursive: true }) as string[]);
  return async (path) => (paths.has(path) ? Bun.file(join(folder, path)).bytes() : undefined);
}

function builtFiles(): Read {
  let built: Promise<Map<string, Uint8Array<ArrayBuffer>>> | undefined;
  return async (path) => {
    built ??= import('../build/web.ts').then(({ buildWeb }) => buildWeb('fast'));
    return (await built).get(path);
  };
}
