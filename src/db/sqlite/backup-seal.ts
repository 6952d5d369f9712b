import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

// A backup is an SQLite file followed by one line with its checksum. SQLite ignores the line, because the file's header says how
// many pages there are. A checksum inside the database would change what it is computed from.

const MARK = '\nportal backup, sha256 ';
const SEAL_BYTES = MARK.length + 64 + 1;
const CHUNK_BYTES = 1024 * 1024;

/** Appends the checksum to a file. */
export function sealFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    appendFileSync(path, `${MARK}${checksumOf(file, fstatSync(file).size)}\n`);
  } finally {
    closeSync(file);
  }
}

/** Compares a file with the checksum at its end, if it has one. */
export function checkSeal(path: string): 'right' | 'wrong' | 'none' {
  const file = openSync(path, 'r');
  try {
    const seal = sealOf(file);
    if (seal === undefined) return 'none';
    return checksumOf(file, fstatSync(file).size - SEAL_BYTES) === seal ? 'right' : 'wrong';
  } finally {
    closeSync(file);
  }
}

/** Copies a file without its checksum into a new one with mode 0600. */
export function copyUnsealed(source: number, target: string): void {
  const bytes = fstatSync(source).size - (sealOf(source) === undefined ? 0 : SEAL_BYTES);
  const copy = openSync(target, 'wx', 0o600);
  try {
    for (const chunk of chunksOf(source, bytes)) {
      for (let written = 0; written < chunk.length; ) written += writeSync(copy, chunk, written);
    }
  } finally {
    closeSync(copy);
  }
}

function sealOf(file: number): string | undefined {
  const { size } = fstatSync(file);
  if (size < SEAL_BYTES) return undefined;
  const end = Buffer.alloc(SEAL_BYTES);
  readSync(file, end, 0, SEAL_BYTES, size - SEAL_BYTES);
  const text = end.toString('latin1');
  return text.startsWith(MARK) && text.endsWith('\n') ? text.slice(MARK.length, -1) : undefined;
}

function checksumOf(file: number, bytes: number): string {
  const sum = createHash('sha256');
  for (const chunk of chunksOf(file, bytes)) sum.update(chunk);
  return sum.digest('hex');
}

function* chunksOf(file: number, bytes: number): Generator<Uint8Array> {
  const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(1, bytes)));
  for (let at = 0; at < bytes; ) {
    const read = readSync(file, buffer, 0, Math.min(buffer.length, bytes - at), at);
    if (read === 0) throw new Error('the file became shorter while it was read');
    yield buffer.subarray(0, read);
    at += read;
  }
}
