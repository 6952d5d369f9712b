import { connect } from 'node:net';

/** Sends a request that was written by hand, as no HTTP library would send it, and gives back what came until the end. */
export function ask(url: string, ...lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      socket.end();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });
}

export const statusOf = (answer: string): number => Number(answer.split(' ')[1]);
