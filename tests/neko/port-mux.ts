import type { Socket, TCPSocketListener, udp } from 'bun';

type UdpSocket = udp.Socket<'buffer'>;
type Outlet = { peer: MuxPeer; socket: Promise<UdpSocket>; heard(): void };
export type MuxPeer = { port: number; heard(): void };
type Stream = { bytes: Buffer; outlet: Outlet | undefined };

const COOKIE = 0x21_12_a4_42;
const STUN_HEADER = 20;
const USERNAME = 6;
const LOOPBACK = '127.0.0.1';

/**
 * One port, UDP and TCP, for all peers of a room. A viewer says in its first STUN request which peer it means; from then on
 * what it sends goes to that one. The libraries' peers have a port each, on loopback.
 */
export class PortMux {
  readonly #peers = new Map<string, MuxPeer>();
  readonly #outlets = new Map<string, Outlet>();
  readonly #udp: Promise<UdpSocket>;
  #tcp: TCPSocketListener<Stream> | undefined;
  readonly #ports: Promise<{ udp: number; tcp: number }>;

  /** A port that is 0: any for UDP, none for TCP. */
  constructor(ports: { udp: number; tcp: number }) {
    this.#udp = Bun.udpSocket({
      port: ports.udp,
      hostname: '0.0.0.0',
      socket: { data: (socket, bytes, port, address) => this.#fromUdp(socket, bytes, port, address), error() {} },
    });
    this.#ports = this.#udp.then(({ port }) => ({ udp: port, tcp: this.#listen(ports.tcp) }));
  }

  get ports(): Promise<{ udp: number; tcp: number }> {
    return this.#ports;
  }

  /** What is meant for `ufrag` goes to this port on loopback. */
  add(ufrag: string, peer: MuxPeer): void {
    this.#peers.set(ufrag, peer);
  }

  /** Names are short, and a later peer may have the same one. */
  remove(ufrag: string, peer: MuxPeer): void {
    if (this.#peers.get(ufrag) === peer) this.#peers.delete(ufrag);
    for (const [remote, outlet] of this.#outlets) {
      if (outlet.peer !== peer) continue;
      this.#outlets.delete(remote);
      void outlet.socket.then((socket) => socket.close());
    }
  }

  async close(): Promise<void> {
    for (const [ufrag, peer] of [...this.#peers]) this.remove(ufrag, peer);
    this.#tcp?.stop(true);
    (await this.#udp).close();
  }

  #listen(port: number): number {
    if (port === 0) return 0;
    this.#tcp = Bun.listen<Stream>({
      port,
      hostname: '0.0.0.0',
      socket: {
        open: (socket) => {
          socket.data = { bytes: Buffer.alloc(0), outlet: undefined };
        },
        data: (socket, bytes) => this.#fromTcp(socket, bytes),
      },
    });
    return this.#tcp.port;
  }

  #fromUdp(socket: UdpSocket, bytes: Buffer, port: number, address: string): void {
    const remote = `${address}:${port}`;
    const outlet = this.#outletFor(this.#outlets.get(remote), bytes, (answer) => socket.send(answer, port, address));
    if (!outlet) return;
    this.#outlets.set(remote, outlet);
    this.#pass(outlet, bytes);
  }

  /** Over TCP each packet has its length before it. */
  #fromTcp(socket: Socket<Stream>, bytes: Uint8Array): void {
    const stream = socket.data;
    stream.bytes = Buffer.concat([stream.bytes, bytes]);
    while (stream.bytes.length >= 2) {
      const length = stream.bytes.readUInt16BE();
      if (stream.bytes.length < 2 + length) return;
      const packet = stream.bytes.subarray(2, 2 + length);
      stream.bytes = stream.bytes.subarray(2 + length);
      stream.outlet = this.#outletFor(stream.outlet, packet, (answer) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      });
      if (stream.outlet) this.#pass(stream.outlet, packet);
    }
  }

  #outletFor(present: Outlet | undefined, bytes: Buffer, answer: (bytes: Buffer) => void): Outlet | undefined {
    const ufrag = ufragOf(bytes);
    const peer = ufrag === undefined ? undefined : this.#peers.get(ufrag);
    if (ufrag === undefined || !peer || peer === present?.peer) return present;
    if (present) void present.socket.then((socket) => socket.close());
    const socket = Bun.udpSocket({
      hostname: LOOPBACK,
      connect: { hostname: LOOPBACK, port: peer.port },
      // A peer that has closed its port.
      socket: { data: (_, back) => answer(back), error() {} },
    });
    return { peer, socket, heard: peer.heard };
  }

  #pass(outlet: Outlet, bytes: Buffer): void {
    outlet.heard();
    const copy = Buffer.from(bytes);
    void outlet.socket.then((socket) => {
      if (!socket.closed) (socket as unknown as { send(bytes: Buffer): boolean }).send(copy);
    });
  }
}

/** The part before the colon in the name of a STUN request: the server's half. */
function ufragOf(bytes: Buffer): string | undefined {
  if (bytes.length < STUN_HEADER || (bytes[0] ?? 255) > 3 || bytes.readUInt32BE(4) !== COOKIE) return undefined;
  for (let at = STUN_HEADER; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    if (bytes.readUInt16BE(at) === USERNAME) return bytes.toString('utf8', at + 4, at + 4 + length).split(':')[0];
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return undefined;
}
