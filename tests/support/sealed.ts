/** A body with an envelope: 24 + 16 + 1 bytes of nothing, sealed for this epoch. */
export function sealed({ epoch = 1, bytes = 41 } = {}): { content: string } {
  return { content: JSON.stringify({ v: 2, epoch, ct: Buffer.alloc(bytes, 7).toString('base64') }) };
}
