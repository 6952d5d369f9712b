/** A message on the line of the page, up or down. */
export type Signal = { event: string; payload: unknown };

export type SignalLine = { send(event: string, payload?: object): void; close(): void };

export type LineEnd = {
  signal(signal: Signal): void;
  /** The line is over, whoever ended it. Not called after `close`. */
  closed(): void;
};

/** Opens the WebSocket over which page and browser agree on how picture and sound come. */
export function openSignalLine(url: string, end: LineEnd): SignalLine {
  const socket = new WebSocket(url);
  let isClosed = false;
  socket.addEventListener('message', ({ data }) => {
    const signal = isClosed ? undefined : readSignal(data);
    if (signal) end.signal(signal);
  });
  socket.addEventListener('close', () => {
    if (isClosed) return;
    isClosed = true;
    end.closed();
  });
  return {
    send(event, payload = {}) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ event, payload }));
    },
    close() {
      isClosed = true;
      socket.close();
    },
  };
}

function readSignal(data: unknown): Signal | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const { event, payload } = JSON.parse(data) as { event?: unknown; payload?: unknown };
    return typeof event === 'string' ? { event, payload } : undefined;
  } catch {
    return undefined;
  }
}
