import type { Timers } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { EngineCheck } from '../../ports/browser-engine.ts';
import { checkFence } from './check-fence.ts';
import { type DestinationOptions, Destinations } from './destinations.ts';
import { type Connect, systemConnect } from './dial.ts';
import { Gate, type GateEvents } from './gate.ts';
import { GATE_LIMITS, type GateLimits } from './limits.ts';

export type FenceOptions = DestinationOptions & {
  timers: Timers;
  random: Random;
  connect?: Connect | undefined;
  limits?: Partial<GateLimits> | undefined;
};

/** What stands between shared browsers and the networks of this machine. */
export class EgressFence {
  readonly #options: FenceOptions;

  constructor(options: FenceOptions) {
    this.#options = options;
  }

  /**
   * A gate for one browser: start Chromium with its `flags`, then `unlock` it before it opens anything. Close it when the
   * browser has ended.
   */
  openGate(events: GateEvents = {}): Promise<Gate> {
    const { timers, random, connect = systemConnect, limits } = this.#options;
    const destinations = new Destinations(this.#options);
    return Gate.open({ ...events, destinations, connect, timers, random, limits: { ...GATE_LIMITS, ...limits } });
  }

  /** Whether gates work here, and refuse what they must. Sends nothing beyond this machine’s loopback. */
  check(): Promise<readonly EngineCheck[]> {
    return checkFence(this.#options);
  }
}
