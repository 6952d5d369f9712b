import { Decoder } from 'socket.io-parser';

/** Names that the stock decoder takes for an attack, and closes the connection. */
const RESERVED = /^(2\d*\[|5\d+-\d*\[)"(connect|connect_error|disconnect|disconnecting|newListener|removeListener)"/;

/**
 * Drops a packet that makes no sense where the stock decoder closes the connection. An event with a reserved name gets
 * another that nobody handles, so that its sender hears `ERR_NOT_FOUND` like for any unknown event.
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
