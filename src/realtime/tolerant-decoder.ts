import { Decoder } from 'socket.io-parser';

/** Event names for which the stock decoder closes the connection. */
const RESERVED = /^(2\d*\[|5\d+-\d*\[)"(connect|connect_error|disconnect|disconnecting|newListener|removeListener)"/;

/**
 * Drops malformed packets, where the stock decoder closes the connection. Events with a reserved name are renamed, so that the
 * sender gets `ERR_NOT_FOUND` as for any unknown event.
 */
export class TolerantDecoder extends Decoder {
  override add(packet: unknown): void {
    try {
      super.add(typeof packet === 'string' ? packet.replace(RESERVED, '$1"reserved:$2"') : packet);
    } catch {
      this.destroy();
    }
  }
}
