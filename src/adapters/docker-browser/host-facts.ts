import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** Docker has a bridge for each network, and all of them are this host. */
const MOST = 12;

/** Something of this host that answers, so that a firewall that refuses differs from a port that is closed. */
export function listenForProof(): { port: number; stop(): void } {
  const answer = 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
  const listener = Bun.listen({
    hostname: '0.0.0.0',
    port: 0,
    socket: {
      data(socket) {
        socket.end(answer);
      },
    },
  });
  return { port: listener.port, stop: () => listener.stop(true) };
}

/** The addresses of this host besides `gateway` and the loopback. */
export function addressesOfHost(gateway: string): string[] {
  const all = ownAddresses().filter(({ isLoopback, address }) => !isLoopback && address !== gateway);
  return all.map(({ address }) => address).slice(0, MOST);
}

export const isOwn = (address: string): boolean => ownAddresses().some((own) => own.address === address);

function ownAddresses(): { address: string; isLoopback: boolean }[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address, internal }) => ({ address, isLoopback: internal }));
}

const PRIVATE = /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;

/** The routers that this host uses, as far as their addresses are private. Linux alone tells. */
export function privateRouters(): string[] {
  try {
    return routersOf(readFileSync('/proc/net/route', 'utf8'));
  } catch {
    return [];
  }
}

/** From the kernel's table: interface, destination, gateway, each as eight digits with the last byte first. */
export function routersOf(table: string): string[] {
  const routers = table.split('\n').flatMap((line) => {
    const [, destination, gateway = ''] = line.split('\t');
    if (destination !== '00000000' || !/^[\dA-F]{8}$/.test(gateway)) return [];
    const bytes = [...Buffer.from(gateway, 'hex')].reverse();
    return [bytes.join('.')];
  });
  return [...new Set(routers)].filter((address) => PRIVATE.test(address));
}
