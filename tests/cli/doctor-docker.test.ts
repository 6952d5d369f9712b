import { expect, test } from 'bun:test';
import { commandLine } from '../support/command-line.ts';
import { requireDocker } from '../support/docker-daemon.ts';
import { dockerSettings, somePorts } from '../support/docker-engine.ts';

const daemon = await requireDocker();

type Check = { about: string; status: string; found: string };

/** What the doctor finds about browsers in containers. */
async function examine(env: Record<string, string>, ...args: string[]): Promise<Map<string, Check>> {
  await using cli = commandLine({
    ...dockerSettings(daemon, somePorts(4)),
    PORTAL_BROWSER_UNFENCED: 'off',
    // Nothing but this machine is asked: no network of whoever runs the tests.
    PORTAL_BROWSER_FENCE_TARGETS: '127.0.0.1:9',
    ...env,
  });
  await cli.json('owner', 'create', 'ada');
  const { out } = await cli.portal('doctor', '--json', ...args);
  const { checks } = JSON.parse(out) as { checks: Check[] };
  return new Map(checks.map((check) => [check.about, check]));
}

test.skipIf(!daemon)('the daemon, the images, the address and the ports are looked at', async () => {
  const checks = await examine({ PORTAL_BROWSER_ADDRESS: '192.0.2.77' });
  for (const about of ['browsers', 'docker', 'image', 'media address', 'media ports', 'ice servers', 'firewall'])
    expect({ about, status: checks.get(about)?.status }).toEqual({ about, status: 'ok' });
  expect(checks.get('browsers')?.found).toBe('engine docker, at most 16 at a time');
  expect(checks.get('media address')?.found).toContain('192.0.2.77 is not of this machine');
});

test.skipIf(!daemon)('the fence is tried on demand, and the lines that are missing are said', async () => {
  expect((await examine({})).has('fence')).toBe(false);
  const fence = (await examine({}, '--prove-fence')).get('fence');
  expect(fence).toMatchObject({ status: 'failure', found: expect.stringContaining('iptables -I INPUT') });
});

test('a daemon that does not answer is a failure', async () => {
  const checks = await examine({
    PORTAL_BROWSER_DOCKER: 'unix:///nowhere/docker.sock',
    PORTAL_BROWSER_IMAGE: 'portal.test/{browser}',
  });
  expect(checks.get('docker')).toMatchObject({
    status: 'failure',
    found: 'No Docker daemon is at unix:///nowhere/docker.sock',
  });
});
