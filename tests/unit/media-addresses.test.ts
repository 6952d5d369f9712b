import { describe, expect, test } from 'bun:test';
import { firewallLines } from '../../src/adapters/docker-browser/firewall.ts';
import { routersOf } from '../../src/adapters/docker-browser/host-facts.ts';
import { resolveAddresses, withMoreAddresses } from '../../src/adapters/docker-browser/media-addresses.ts';
import { EngineError } from '../../src/ports/browser-engine.ts';
import { TestTimers } from '../support/test-timers.ts';

const BOTH = { first: '192.0.2.1', more: ['10.0.0.5', 'fd00::5'] };
const message = (event: string, payload: object) => JSON.stringify({ event, payload });
const candidate = (foundation: string, address: string) =>
  `candidate:${foundation} 1 udp 2130706431 ${address} 52000 typ host`;

describe('viewers are told every address', () => {
  test('in each candidate that comes by itself', () => {
    const payload = { candidate: candidate('77', '192.0.2.1'), sdpMid: '', sdpMLineIndex: 0 };
    const sent = withMoreAddresses(message('signal/candidate', payload), BOTH);
    expect(sent.map((one) => JSON.parse(one).payload)).toEqual([
      payload,
      { ...payload, candidate: candidate('770', '10.0.0.5') },
      { ...payload, candidate: candidate('771', 'fd00::5') },
    ]);
  });

  test('in the offer', () => {
    const lines = ['v=0', `a=${candidate('77', '192.0.2.1')}`, 'a=end-of-candidates', ''];
    const [sent = ''] = withMoreAddresses(message('signal/provide', { sdp: lines.join('\r\n') }), BOTH);
    expect(JSON.parse(sent).payload.sdp.split('\r\n')).toEqual([
      'v=0',
      `a=${candidate('77', '192.0.2.1')}`,
      `a=${candidate('770', '10.0.0.5')}`,
      `a=${candidate('771', 'fd00::5')}`,
      'a=end-of-candidates',
      '',
    ]);
  });

  test('and all else comes as it was', () => {
    const other = message('signal/candidate', { candidate: candidate('77', '198.51.100.7') });
    expect(withMoreAddresses(other, BOTH)).toEqual([other]);
    const text = message('session/state', { id: 'candidate' });
    expect(withMoreAddresses(text, BOTH)).toEqual([text]);
    expect(withMoreAddresses(other, { first: '198.51.100.7', more: [] })).toEqual([other]);
  });
});

describe('where picture and sound are', () => {
  const timers = new TestTimers();

  test('begins with an IPv4 address, and names each one once', async () => {
    expect(await resolveAddresses(['fd00::5', '192.0.2.1', '192.0.2.1'], timers)).toEqual({
      first: '192.0.2.1',
      more: ['fd00::5'],
    });
  });

  test('is a mistake without one', async () => {
    const failure = await resolveAddresses(['fd00::5'], timers).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EngineError);
    expect((failure as Error).message).toContain('PORTAL_BROWSER_ADDRESS');
  });
});

test('the lines of the firewall are for what was reached', () => {
  const [drop, pass] = firewallLines('ptabc', new Set(['host']));
  expect(drop).toBe('iptables -I INPUT -i ptabc -m addrtype --dst-type LOCAL -j DROP');
  expect(pass).toContain('ESTABLISHED');
  expect(firewallLines('ptabc', new Set(['network'])).join()).not.toContain('INPUT');
  expect(firewallLines('ptabc').join()).toContain('169.254.0.0/16');
});

test('the routers of this host are read from the table of the kernel, private ones alone', () => {
  const table = [
    'Iface\tDestination\tGateway \tFlags',
    'eth0\t00000000\t0101A8C0\t0003',
    'eth0\t0001A8C0\t00000000\t0001',
    'eth1\t00000000\t017100CB\t0003',
  ].join('\n');
  expect(routersOf(table)).toEqual(['192.168.1.1']);
});
