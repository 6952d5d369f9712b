import { connect, createServer } from 'node:net';

const TICK_MS = 20;
/** What the wire holds of its own. */
const HELD_BYTES = 16 * 1024;

/** A way to the server that carries so many bytes a second towards the client. What is on its way is not lost. */
export async function openSlowWire(to: string, bytesPerSecond: number) {
  const target = Number(new URL(to).port);
  const closing = new Set<() => void>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const held: Buffer[] = [];
    let size = 0;
    const timer = setInterval(() => {
      for (let budget = (bytesPerSecond * TICK_MS) / 1000; budget > 0 && held.length > 0; ) {
        const [first] = held as [Buffer];
        const part = first.subarray(0, budget);
        near.write(part);
        budget -= part.length;
        size -= part.length;
        if (part.length === first.length) held.shift();
        else held[0] = first.subarray(part.length);
      }
      if (size <= HELD_BYTES) far.resume();
    }, TICK_MS);
    far.on('data', (data: Buffer) => {
      held.push(data);
      size += data.length;
      if (size > HELD_BYTES) far.pause();
    });
    const end = () => {
      clearInterval(timer);
      near.destroy();
      far.destroy();
      closing.delete(end);
    };
    closing.add(end);
    near.pipe(far);
    for (const side of [near, far]) side.on('close', end).on('error', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.dispose](): void {
      for (const end of [...closing]) end();
      server.close();
    },
  };
}
