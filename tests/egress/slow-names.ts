// Run by a test, with /etc/resolv.conf naming a server that never answers: prints what went on meanwhile.
import { createSocket } from 'node:dgram';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { systemResolve } from '../../src/adapters/egress/destinations.ts';
import { systemConnect } from '../../src/adapters/egress/dial.ts';

const [folder = '', address = ''] = process.argv.slice(2);
const asked = new Set<string>();
const silent = createSocket('udp4');
await new Promise<void>((resolve) => silent.bind(53, address, resolve));
const allAsked = new Promise<void>((resolve) => {
  silent.on('message', (query) => {
    if (asked.add(query.toString('latin1', 12)).size >= 256) resolve();
  });
});

for (let n = 0; n < 256; n++) systemResolve(`n${n}.names.test`).catch(() => {});
await allAsked;
const file = await open(join(folder, 'file'), 'w');
await file.write('x');
await file.datasync();
process.stdout.write('synced ');
const server = createServer().listen(0, '127.0.0.1', () => {
  systemConnect('127.0.0.1', (server.address() as { port: number }).port).on('connect', () => {
    process.stdout.write('connected', () => process.exit(0));
  });
});
