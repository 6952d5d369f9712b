import { PortalClient, type PortalClientOptions } from '../../src/client/index.ts';
import { Relay } from '../adversary/relay.ts';
import { openHouse } from './house.ts';

/** A server, a relay before it, and impatient clients that connect through the relay. */
export async function openRelayedHouse() {
  const house = await openHouse();
  const relay = await new Relay(house.url).start();
  const clients: PortalClient[] = [];
  return {
    house,
    relay,

    async connect(
      who: { token: string },
      { timing, ...more }: Partial<PortalClientOptions> = {},
    ): Promise<PortalClient> {
      const client = new PortalClient({
        url: relay.url,
        token: who.token,
        timing: { repairDelayMs: 20, retryDelayMs: 5, ...timing },
        socket: { transports: ['websocket'], reconnectionDelay: 5, reconnectionDelayMax: 5 },
        ...more,
      });
      clients.push(client);
      await client.connect();
      return client;
    },

    async close(): Promise<void> {
      for (const client of clients) client.close();
      await relay.stop();
      await house[Symbol.asyncDispose]();
    },
  };
}

export type RelayedHouse = Awaited<ReturnType<typeof openRelayedHouse>>;
