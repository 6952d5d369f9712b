import type { EngineConnection } from './engine-internals.ts';

/** The message by which a WebSocket asks to replace polling. */
export const PROBE = '2probe';

/** The engine's side of a WebSocket. */
export type EngineTransport = { close(): void };

/**
 * Watches WebSockets that are about to replace polling. The engine starts an interval per probe and clears only the last one, so
 * a second probe closes the WebSocket. It also closes WebSockets whose connection has ended, which the engine leaves open.
 */
export class UpgradeGuard {
  readonly #hasProbed = new WeakMap<EngineTransport, boolean>();

  /** This transport is about to take over the connection. */
  watch(transport: EngineTransport, connection: EngineConnection): void {
    this.#hasProbed.set(transport, false);
    connection.on('upgrade', () => this.#hasProbed.delete(transport));
    connection.on('close', () => transport.close());
  }

  /** Whether the engine may see this probe. If not, the WebSocket is closed. */
  admitsProbe(ws: { data: { transport: EngineTransport }; terminate(): void }): boolean {
    const { transport } = ws.data;
    const hasProbed = this.#hasProbed.get(transport);
    if (hasProbed === undefined) return true;
    this.#hasProbed.set(transport, true);
    if (hasProbed) ws.terminate();
    return !hasProbed;
  }
}
