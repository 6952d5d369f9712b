import { describe, expect, test } from 'bun:test';
import { EgressFence } from '../../src/adapters/egress/fence.ts';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';

const fenceWith = (allowHosts: readonly string[]) =>
  new EgressFence({
    ...{ allowHosts, timers: systemTimers, random: systemRandom },
    resolve: () => expect.unreachable(),
    connect: () => expect.unreachable(),
  });

describe('the check of the fence', () => {
  test('looks nothing up and connects to nothing', async () => {
    expect(await fenceWith([]).check()).toEqual([
      { name: 'fence', ok: true, detail: 'loopback, private, link-local and metadata addresses are refused' },
    ]);
  });

  test('says what is opened, and what stays closed although it was named', async () => {
    const about = async (...hosts: string[]) => (await fenceWith(hosts).check())[1];
    expect(await about('nas.lan:8080', '10.0.0.5')).toEqual({
      ...{ name: 'opened hosts', ok: true },
      detail: 'PORTAL_BROWSER_ALLOW_HOSTS opens nas.lan:8080, 10.0.0.5',
    });
    expect(await about('nas.lan', '169.254.169.254', '[fe80::1]:80', '0.0.0.0')).toEqual({
      ...{ name: 'opened hosts', ok: false },
      detail:
        'PORTAL_BROWSER_ALLOW_HOSTS opens nas.lan; no browser may open 169.254.169.254, [fe80::1]:80, 0.0.0.0, whatever the list says',
    });
  });
});
