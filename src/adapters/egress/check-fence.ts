import { connect as connectTo, Socket } from 'node:net';
import { SECOND_MS } from '../../core/durations.ts';
import { hostWithPort } from '../../core/web-host.ts';
import type { EngineCheck } from '../../ports/browser-engine.ts';
import { kindOfAddress } from './address-policy.ts';
import { Destinations } from './destinations.ts';
import type { FenceOptions } from './fence.ts';
import { Gate } from './gate.ts';
import { GATE_LIMITS } from './limits.ts';
import { within } from './within.ts';

const NAME = 'check.invalid';
const METADATA = '169.254.169.254';
/** Where a browser may go. The check stops on the way there. */
const PUBLIC = '1.1.1.1:443';
const REFUSED = [
  ...['127.0.0.1:80', '[::1]:80', '[::ffff:127.0.0.1]:80', '0.0.0.0:80', '0x7f.1:80', '10.0.0.1:80', '192.168.0.1:80'],
  ...[`${METADATA}:80`, '168.63.129.16:80', '[fe80::1]:80', '[fd00::1]:80', `${NAME}:80`, '1.1.1.1:25'],
];
const PATIENCE_MS = 5 * SECOND_MS;

/**
 * Asks a gate of this machine for what it must refuse. Nothing is connected to, and no name is looked up: what the gate
 * lets through ends in the check.
 */
export async function checkFence(options: FenceOptions): Promise<EngineCheck[]> {
  const checks = [await lookAtGate(options)];
  if (options.allowHosts.length > 0) checks.push(lookAtOpenHosts(options.allowHosts));
  return checks;
}

async function lookAtGate({ timers, random }: FenceOptions): Promise<EngineCheck> {
  const reached: string[] = [];
  const connect = (address: string, port: number) => {
    reached.push(`${address}:${port}`);
    return new Socket().destroy(new Error('only a check'));
  };
  const destinations = new Destinations({ allowHosts: [], timers, resolve: async () => [METADATA] });
  const faulty = (detail: string): EngineCheck => ({ name: 'fence', ok: false, detail });
  let gate: Gate;
  try {
    gate = await Gate.open({ destinations, connect, timers, random, limits: GATE_LIMITS });
  } catch (error) {
    return faulty(`The proxy of shared browsers cannot listen on 127.0.0.1: ${(error as Error).message}`);
  }
  try {
    const { username, password } = gate.credential;
    const credential = `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}\r\n`;
    const ask = (target: string, line = credential) =>
      within(timers, PATIENCE_MS, () => statusOf(gate.port, target, line), new Error('it does not answer'));
    for (const target of REFUSED) {
      if ((await ask(target)) !== 403) return faulty(`The proxy of shared browsers does not refuse ${target}`);
    }
    if ((await ask(PUBLIC, '')) !== 407) return faulty('The proxy of shared browsers is open to other programs');
    if (reached.length > 0) return faulty(`The proxy of shared browsers connects to ${reached.join(', ')}`);
    await ask(PUBLIC);
    if (reached.join() !== PUBLIC) return faulty('The proxy of shared browsers refuses the public Internet');
  } catch (error) {
    return faulty(`The proxy of shared browsers cannot be asked: ${(error as Error).message}`);
  } finally {
    await gate.close();
  }
  return { name: 'fence', ok: true, detail: 'loopback, private, link-local and metadata addresses are refused' };
}

function lookAtOpenHosts(allowHosts: readonly string[]): EngineCheck {
  const isClosed = (text: string) => {
    const { host } = hostWithPort(text) ?? { host: '' };
    return /^[\d.]+$|:/.test(host) && kindOfAddress(host, []) === 'closed';
  };
  const closed = allowHosts.filter(isClosed);
  const open = allowHosts.filter((text) => !isClosed(text));
  const words = [`PORTAL_BROWSER_ALLOW_HOSTS opens ${open.join(', ') || 'nothing'}`];
  if (closed.length > 0) words.push(`no browser may open ${closed.join(', ')}, whatever the list says`);
  const detail = words.join('; ');
  return { name: 'opened hosts', ok: closed.length === 0, detail };
}

/** The status with which a proxy answers `CONNECT`. */
function statusOf(port: number, target: string, credential: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connectTo({ host: '127.0.0.1', port });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(Number(text.split(' ')[1])));
    socket.on('error', reject);
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${credential}\r\n`);
  });
}
