import type { BrowserInput } from '../browser-wire.ts';

/** What the server takes in one `browser:input`, and in one `text`. */
const MAX_EVENTS = 64;
const MAX_TEXT = 4096;
/** Larger payloads close the connection: in JSON a character can take six bytes. */
const MAX_TEXT_IN_BATCH = 8192;

/** Splits input into payloads that the server takes, in order. Long texts are cut between characters. */
export function inputBatches(events: readonly BrowserInput[]): BrowserInput[][] {
  const batches: BrowserInput[][] = [];
  let batch: BrowserInput[] = [];
  let length = 0;
  for (const event of events.flatMap(cut)) {
    const more = event.type === 'text' ? event.text.length : 0;
    if (batch.length === MAX_EVENTS || length + more > MAX_TEXT_IN_BATCH) {
      batches.push(batch);
      batch = [];
      length = 0;
    }
    batch.push(event);
    length += more;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

function cut(event: BrowserInput): BrowserInput[] {
  if (event.type !== 'text' || event.text.length <= MAX_TEXT) return [event];
  const pieces: BrowserInput[] = [];
  for (let from = 0; from < event.text.length; ) {
    let end = Math.min(from + MAX_TEXT, event.text.length);
    if (end < event.text.length && isHighSurrogate(event.text.charCodeAt(end - 1))) end -= 1;
    pieces.push({ type: 'text', text: event.text.slice(from, end) });
    from = end;
  }
  return pieces;
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
