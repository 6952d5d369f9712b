/**
 * Sends one prepared request repeatedly over one kept connection, each after the previous answer. Bare TCP, so that a load process
 * has time for many of them.
 */
export type HttpClientOptions = {
  port: number;
  /** The request, or a function that returns the next one. */
  request: Buffer | (() => Buffer);
  isStopped(): boolean;
  onAnswer(status: number): void;
};

type Reader = { rest: Buffer; done(): void; fail(error: Error): void };

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Resolves after `stop`, once the last answer has arrived. Answers must have a Content-Length. */
export function runHttpClient({ port, request, isStopped, onAnswer }: HttpClientOptions): Promise<void> {
  const next = typeof request === 'function' ? request : () => request;
  return new Promise((resolve, reject) => {
    void Bun.connect<Reader>({
      hostname: '127.0.0.1',
      port,
      data: { rest: Buffer.alloc(0), done: resolve, fail: reject },
      socket: {
        open: (socket) => void socket.write(next()),
        data(socket, chunk) {
          const reader = socket.data;
          const bytes = reader.rest.length === 0 ? chunk : Buffer.concat([reader.rest, chunk]);
          reader.rest = Buffer.from(bytes);
          const head = bytes.indexOf(END_OF_HEAD);
          if (head < 0) return;
          const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1];
          if (length === undefined) throw new Error('an answer that does not say how long it is');
          if (bytes.length < head + 4 + Number(length)) return;
          reader.rest = Buffer.alloc(0);
          // "HTTP/1.1 200 …"
          onAnswer(Number(bytes.toString('latin1', 9, 12)));
          if (isStopped()) {
            reader.done();
            socket.end();
          } else {
            socket.write(next());
          }
        },
        close: (socket) => socket.data.fail(new Error('the server closed the connection')),
        error: (socket, error) => socket.data.fail(error),
      },
    }).catch(reject);
  });
}

/** A POST of JSON, as bytes. */
export function postRequest(port: number, path: string, token: string, body: object): Buffer {
  const json = JSON.stringify(body);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
}

/** One GET, as bytes. */
export function getRequest(port: number, path: string, token: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
}
