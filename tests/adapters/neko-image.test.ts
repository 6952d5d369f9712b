import { describe, expect, test } from 'bun:test';
import type { Seen } from '../neko/control.ts';
import { requireDocker } from '../support/docker-daemon.ts';
import { eventually } from '../support/waiting.ts';

const daemon = await requireDocker();

const ENV = [
  'NEKO_SERVER_BIND=:8080',
  'NEKO_LEGACY=false',
  'NEKO_MEMBER_PROVIDER=object',
  'NEKO_SESSION_API_TOKEN=token',
  'NEKO_WEBRTC_ICELITE=true',
  'NEKO_WEBRTC_NAT1TO1=127.0.0.1',
];
const CAPS = ['SETUID', 'SETGID', 'CHOWN', 'KILL'];

async function begin(name: string, caps: readonly string[]) {
  if (!daemon) throw new Error('no dockerd');
  const { docker, image } = daemon;
  await docker.createNetwork({ Name: name, CheckDuplicate: true, Driver: 'bridge' });
  const container = await docker.createContainer({
    name,
    Image: image.replace('{browser}', 'chromium'),
    Env: ENV,
    HostConfig: { CapDrop: ['ALL'], CapAdd: [...caps], SecurityOpt: ['no-new-privileges'], NetworkMode: name },
  });
  await container.start();
  return {
    container,
    async address(): Promise<string> {
      const { NetworkSettings } = await container.inspect();
      return NetworkSettings.Networks[name]?.IPAddress ?? '';
    },
    async end(): Promise<void> {
      await container.remove({ force: true, v: true });
      await docker.getNetwork(name).remove();
    },
  };
}

const isHealthy = (address: string) =>
  fetch(`http://${address}:8080/health`).then(
    (answer) => answer.ok,
    () => false,
  );

describe.skipIf(!daemon)('the image of the tests', () => {
  test('runs the double as n.eko’s user, and again when it was killed', async () => {
    const { container, address, end } = await begin('image-runs', CAPS);
    try {
      const ip = await address();
      await eventually(() => isHealthy(ip));
      const seen = (await (await fetch(`http://${ip}:9090/seen`)).json()) as Seen;
      expect(seen).toMatchObject({ userId: 1000, fault: 'none', opened: [] });
      const members = () =>
        fetch(`http://${ip}:8080/api/members`, { headers: { Authorization: 'Bearer token' } }).then(
          async (answer) => (await answer.json()) as unknown[],
          () => undefined,
        );
      const body = JSON.stringify({ username: 'a', password: 'b' });
      await fetch(`http://${ip}:8080/api/members?token=token`, { method: 'POST', body });
      expect(await members()).toHaveLength(1);
      const kill = await container.exec({ Cmd: ['killall', '-9', 'neko'] });
      await kill.start({});
      await eventually(async () => (await members())?.length === 0);
    } finally {
      await end();
    }
  });

  test('ends at once without the right to hand files over', async () => {
    const { container, end } = await begin('image-caps', ['SETUID', 'SETGID', 'KILL']);
    try {
      expect(((await container.wait()) as { StatusCode: number }).StatusCode).toBe(2);
    } finally {
      await end();
    }
  });
});
