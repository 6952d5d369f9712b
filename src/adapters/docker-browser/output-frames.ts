const HEAD_BYTES = 8;

/** The text of what a container said: its two outputs come as one, in frames with a head of eight bytes each. */
export function framesText(bytes: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const end = at + HEAD_BYTES + bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + HEAD_BYTES, end));
    at = end;
  }
  return Buffer.concat(parts).toString();
}
