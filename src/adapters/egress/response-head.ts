import { endToEnd, headerOf, valuesOf } from './header-lines.ts';
import { Refusal } from './refusal.ts';

const MOST_BYTES = 64 * 1024;
const MOST_INTERIM = 16;
const END = /\r?\n\r?\n/;
const LINE_FEED = 10;

/** Reads the head of an answer as it arrives, and writes it again without what concerns the connection to the server. */
export class ResponseHead {
  #parts: Buffer[] = [];
  #bytes = 0;
  #interim = 0;

  /**
   * Takes bytes that have arrived. Once the head is complete: the head for the browser, and what has come of the body.
   *
   * @throws Refusal when this is no answer that may reach the browser
   */
  take(chunk: Buffer): { head: string; body: Buffer } | null {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    // A head ends with a line, so that a server which sends single bytes costs no more than others.
    if (chunk.includes(LINE_FEED)) {
      let text = Buffer.concat(this.#parts).toString('latin1');
      for (let end = END.exec(text); end !== null; end = END.exec(text)) {
        const head = text.slice(0, end.index);
        text = text.slice(end.index + end[0].length);
        const status = statusOf(head);
        // Nobody asked for another protocol, and a server that could ask for the proxy's credential would lock out the browser.
        if (status === 101 || status === 407) throw wrong(`answers with the status ${status}`);
        if (status >= 200) return { head: rewritten(head), body: Buffer.from(text, 'latin1') };
        if (++this.#interim > MOST_INTERIM) throw wrong('announces an answer again and again');
      }
      this.#parts = [Buffer.from(text, 'latin1')];
    }
    if (this.#bytes > MOST_BYTES) throw wrong('sends too much before it answers');
    return null;
  }
}

function statusOf(head: string): number {
  const [, status] = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?(?=\r?\n|$)/.exec(head) ?? [];
  if (status === undefined) throw wrong('does not answer in HTTP');
  return Number(status);
}

function rewritten(head: string): string {
  const [first = '', ...lines] = head.split(/\r?\n/);
  // Servers send lines that are none; browsers pass over them, and so does this.
  const headers = endToEnd(lines.map(headerOf).filter((header) => header !== null));
  const isChunked = valuesOf(headers, 'transfer-encoding').length > 0;
  const sent = headers.filter(([name]) => !(isChunked && name.toLowerCase() === 'content-length'));
  return `${[first, ...sent.map(([name, value]) => `${name}: ${value}`), 'Connection: close'].join('\r\n')}\r\n\r\n`;
}

function wrong(what: string): Refusal {
  return new Refusal(502, `The server ${what}.`);
}
