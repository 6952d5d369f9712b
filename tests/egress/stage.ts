import { connect, createServer, type Server, Socket } from 'node:net';
import { EgressFence, type FenceOptions } from '../../src/adapters/egress/fence.ts';
import type { Gate, GateEvents } from '../../src/adapters/egress/gate.ts';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { TestTimers } from '../support/test-timers.ts';
import { eventually } from '../support/waiting.ts';

/** An address of the Internet to the fence; in tests, every connection to it ends at a server of the test's own. */
export const PUBLIC = '93.184.215.14';

export type Stage = AsyncDisposable & {
  gate: Gate;
  timers: TestTimers;
  /** Where the gate connected to, or tried. */
  dialed: string[];
  /** The names that were looked up. */
  looked: string[];
  /** What the gate refused, as status and host. */
  refused: string[];
  /** The header line with the credential. */
  credential: string;
};

type Given = Partial<Omit<FenceOptions, 'connect' | 'resolve' | 'timers'>> & {
  /** The addresses of names. A function answers anew each time. */
  names?: Record<string, readonly string[] | (() => readonly string[] | Promise<readonly string[]>)>;
  /** The loopback port that stands for everything public; without one it refuses, with null it never answers. */
  behind?: number | null | undefined;
  /** Connections are made only then. */
  held?: Promise<void>;
  events?: GateEvents;
  realTime?: boolean;
};

/** A gate of which every connection ends at loopback servers of the test. */
export async function openStage({
  names = {},
  behind,
  held,
  events,
  realTime = false,
  ...options
}: Given = {}): Promise<Stage> {
  const timers = new TestTimers(realTime);
  const [dialed, looked, refused]: string[][] = [[], [], []];
  const fence = new EgressFence({
    allowHosts: [],
    random: systemRandom,
    timers,
    networks: () => [],
    ...options,
    // A clock that stands still would hold up whatever is paced.
    limits: { bytesPerSecond: Number.POSITIVE_INFINITY, ...options.limits },
    async resolve(name) {
      looked?.push(name);
      const found = names[name];
      return typeof found === 'function' ? found() : (found ?? []);
    },
    connect(address, port) {
      dialed?.push(`${address}:${port}`);
      if (behind === null) return new Socket();
      // Port 9 of 127.0.0.1 stands for a server that is not there.
      const to = behind ?? 9;
      const place = { host: '127.0.0.1', port: to, autoSelectFamily: false };
      if (held === undefined) return connect({ ...place, allowHalfOpen: true });
      const socket = new Socket({ allowHalfOpen: true });
      held.then(() => socket.connect(place)).catch(() => {});
      return socket;
    },
  });
  const gate = await fence.openGate({
    ...events,
    refused: (refusal, to) => {
      refused?.push(`${refusal.status} ${to?.host ?? ''}`);
      events?.refused?.(refusal, to);
    },
  });
  const { username, password } = gate.credential;
  return {
    ...{ gate, timers, dialed: dialed ?? [], looked: looked ?? [], refused: refused ?? [] },
    credential: `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    [Symbol.asyncDispose]: () => gate.close(),
  };
}

/** One end of a connection, with all that has arrived. */
export class Line {
  readonly socket: Socket;
  text = '';
  hasEnded = false;
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
    });
    socket.on('end', () => {
      this.hasEnded = true;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.on('error', () => {});
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Until this has arrived. */
  async until(text: string): Promise<string> {
    await eventually(() => this.text.includes(text), { found: () => this.text });
    return this.text;
  }

  /** Until the other side has ended or closed; all that has come. */
  async whole(): Promise<string> {
    await eventually(() => this.hasEnded || this.isClosed, { found: () => this.text });
    return this.text;
  }

  get status(): number {
    return Number(this.text.split(' ')[1]);
  }
}

/** A connection to a gate. */
export function call(stage: Pick<Stage, 'gate'>): Line {
  return new Line(connect({ host: '127.0.0.1', port: stage.gate.port, allowHalfOpen: true }));
}

/** Sends lines and an empty one, with the credential, and reads the answer. */
export async function ask(stage: Stage, first: string, ...lines: string[]): Promise<Line> {
  const line = call(stage).send([first, stage.credential, ...lines, '', ''].join('\r\n'));
  await line.whole();
  line.socket.destroy();
  return line;
}

export type TcpServer = AsyncDisposable & { port: number; lines: Line[]; next(): Promise<Line> };

/** A server that answers nothing by itself, for tests that speak as the server. */
export async function tcpServer(onLine: (line: Line) => void = () => {}): Promise<TcpServer> {
  const lines: Line[] = [];
  let taken = 0;
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    const line = new Line(socket);
    lines.push(line);
    onLine(line);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    lines,
    async next() {
      const index = taken++;
      await eventually(() => lines.length > index);
      return lines[index] as Line;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const { socket } of lines) socket.destroy();
      await closed;
    },
  };
}

/** A server that answers each request with 200 and what it was sent, once the empty line is there. */
export function echoServer(): Promise<TcpServer> {
  return tcpServer((line) => {
    line.socket.on('data', () => {
      if (!line.text.includes('\r\n\r\n')) return;
      const body = Buffer.from(line.text, 'latin1');
      line.socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${line.text}`, 'latin1');
    });
  });
}
