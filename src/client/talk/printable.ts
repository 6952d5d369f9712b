/** Control characters, and those that change the direction of a line: with them a text could draw anywhere on the screen. */
const UNPRINTABLE = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
const BREAKS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;

/** A text as a terminal can print it. Rows after the first are indented: none passes for a line of its own. */
export function printable(text: string): string {
  return text
    .replace(BREAKS, '\n')
    .replaceAll('\t', '    ')
    .split('\n')
    .map((row) => row.replace(UNPRINTABLE, '\uFFFD'))
    .join('\n  ');
}
