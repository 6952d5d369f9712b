import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Timers } from '../../core/clock.ts';
import { SECOND_MS } from '../../core/durations.ts';
import { EngineError, type RunningBrowser } from '../../ports/browser-engine.ts';

const LIMIT_MS = 5 * SECOND_MS;

/** Where viewers reach picture and sound, as numbers. The first one is IPv4, as the network of the containers is. */
export type MediaAddresses = { first: string; more: readonly string[] };

/**
 * Looks names up.
 *
 * @throws EngineError when there is no IPv4 address, or a name cannot be looked up
 */
export async function resolveAddresses(hosts: readonly string[], timers: Timers): Promise<MediaAddresses> {
  const found = (await Promise.all(hosts.map((host) => addressesOf(host, timers)))).flat();
  const all = [...new Set(found)];
  const first = all.find((address) => isIP(address) === 4);
  if (first === undefined) {
    throw new EngineError(
      `Picture and sound need an IPv4 address, and ${hosts.join(', ')} has none; set PORTAL_BROWSER_ADDRESS`,
    );
  }
  return { first, more: all.filter((address) => address !== first) };
}

async function addressesOf(host: string, timers: Timers): Promise<string[]> {
  if (isIP(host) > 0) return [host];
  const late = Promise.withResolvers<never>();
  const cancel = timers.after(LIMIT_MS, () => late.reject(new Error('no answer')));
  try {
    const found = await Promise.race([lookup(host, { all: true }), late.promise]);
    return found.map(({ address }) => address);
  } catch (error) {
    throw new EngineError(
      `${host}, where viewers get picture and sound, cannot be looked up; set PORTAL_BROWSER_ADDRESS`,
      {
        cause: error,
      },
    );
  } finally {
    cancel();
  }
}

/** A browser whose viewers are told all addresses, and not only the one that n.eko knows. */
export function withAllAddresses(browser: RunningBrowser, addresses: MediaAddresses): RunningBrowser {
  const { viewers } = browser;
  if (addresses.more.length === 0 || !viewers) return browser;
  const wider: RunningBrowser['viewers'] = {
    connect: (viewer, to) =>
      viewers.connect(viewer, {
        lost: () => to.lost(),
        send: (message) => {
          for (const one of withMoreAddresses(message, addresses)) to.send(one);
        },
      }),
    letDrive: (viewerId) => viewers.letDrive(viewerId),
  };
  return new Proxy(browser, {
    get(target, key) {
      if (key === 'viewers') return wider;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** A candidate line of ICE: foundation, component, protocol, priority, address, port, and more. */
const CANDIDATE = /^(a=)?candidate:(\S+) (\d+ \S+ \d+) (\S+) (.*)$/;

/**
 * n.eko gives viewers one address. This repeats a message of its signalling for the others, which lead to the same port: as
 * further lines of an offer, or as further messages.
 */
export function withMoreAddresses(message: string, { first, more }: MediaAddresses): string[] {
  if (more.length === 0 || !message.includes('candidate')) return [message];
  const { event, payload } = JSON.parse(message) as { event: string; payload?: Record<string, unknown> };
  if (typeof payload?.sdp === 'string') {
    const lines = payload.sdp.split('\r\n').flatMap((line) => [line, ...others(line, first, more)]);
    return [JSON.stringify({ event, payload: { ...payload, sdp: lines.join('\r\n') } })];
  }
  if (event !== 'signal/candidate' || typeof payload?.candidate !== 'string') return [message];
  const further = others(payload.candidate, first, more);
  return [message, ...further.map((candidate) => JSON.stringify({ event, payload: { ...payload, candidate } }))];
}

function others(line: string, first: string, more: readonly string[]): string[] {
  const [, a = '', foundation, what, address, rest] = CANDIDATE.exec(line) ?? [];
  if (address !== first) return [];
  return more.map((other, index) => `${a}candidate:${foundation}${index} ${what} ${other} ${rest}`);
}
