import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import type { Fault } from '../neko/neko-server.ts';
import { openHouse } from '../realtime/house.ts';
import { LinePage } from '../realtime/line-house.ts';
import { asking } from '../support/browser-house.ts';
import { requireDocker } from '../support/docker-daemon.ts';
import { Chance } from '../support/fuzz.ts';
import type { Chat } from '../support/given.ts';
import { aMoment, eventually } from '../support/waiting.ts';

const daemon = await requireDocker();
const ROOMS = 20;
const MOST = 6;
const PORTS = { first: 21_000, last: 21_007 };
/** About two minutes. */
const STEPS = Number(process.env.STEPS ?? 600);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
console.log(`SEED=${seed} STEPS=${STEPS}`);

const FAULTS: readonly Fault[] = ['video hangs', 'nonsense', 'errors', 'none'];
const openFiles = () => readdirSync('/proc/self/fd').length;

/** What runs for these chats. */
async function containers(chats: readonly Chat[]) {
  const all = (await daemon?.docker.listContainers({ all: true, filters: { label: ['portal.chat'] } })) ?? [];
  const ids = new Set(chats.map(({ id }) => String(id)));
  return all.filter(({ Labels }) => ids.has(Labels['portal.chat'] ?? ''));
}

/** Something befalls a container, from outside or within. It may end meanwhile. */
async function befall(id: string, chance: Chance): Promise<string> {
  const container = daemon?.docker.getContainer(id);
  if (!container) return 'nothing';
  const within = async (...Cmd: string[]) => {
    const run = await container.exec({ Cmd });
    (await run.start({ Detach: true })).destroy();
  };
  const what = chance.pick(['kill', 'kill n.eko', 'freeze n.eko', 'spoil', 'remove'] as const);
  if (what === 'kill') await container.kill();
  else if (what === 'kill n.eko') await within('killall', '-9', 'neko');
  else if (what === 'freeze n.eko') await within('killall', '-STOP', 'neko');
  else if (what === 'remove') await container.remove({ force: true });
  else {
    const { NetworkSettings } = await container.inspect();
    const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress;
    await fetch(`http://${address}:9090/fault`, { method: 'POST', body: JSON.stringify(chance.pick(FAULTS)) });
  }
  return what;
}

/** Whether every port of the pool can be had again. */
async function areFree(): Promise<boolean> {
  for (let port = PORTS.first; port <= PORTS.last; port++) {
    try {
      Bun.listen({ hostname: '0.0.0.0', port, socket: { data() {} } }).stop(true);
      (await Bun.udpSocket({ hostname: '0.0.0.0', port })).close();
    } catch {
      return false;
    }
  }
  return true;
}

test.skipIf(!daemon)(
  `${ROOMS} rooms are started, crashed, watched and stopped at random; no container, port or network is left`,
  async () => {
    const chance = new Chance(seed);
    const house = await openHouse({
      env: {
        PORTAL_BROWSER_ENGINE: 'docker',
        PORTAL_BROWSER_DOCKER: daemon?.host ?? '',
        PORTAL_BROWSER_IMAGE: daemon?.image ?? '',
        PORTAL_BROWSER_PORTS: `${PORTS.first}-${PORTS.last}`,
        PORTAL_BROWSER_MAX_RUNNING: String(MOST),
        PORTAL_BROWSER_UNFENCED: 'on',
      },
    });
    const owner = await house.given.owner();
    const rooms = await Promise.all(Array.from({ length: ROOMS }, () => house.given.chat({ owner })));
    const filesBefore = openFiles();
    const counts: Record<string, number> = {};
    const count = (what: string | number) => {
      counts[what] = (counts[what] ?? 0) + 1;
    };
    const underWay: Promise<void>[] = [];
    const begin = (work: Promise<string | number>) => underWay.push(work.then(count, () => count('too late')));

    for (let step = 0; step < STEPS; step++) {
      const there = await containers(rooms);
      const alive = new Set(there.map(({ Labels }) => Labels['portal.chat']));
      // Looks and stops mostly go where something runs.
      const known = chance.happens(0.7) ? rooms.filter(({ id }) => alive.has(String(id))) : rooms;
      const room = chance.pick(known) ?? chance.pick(rooms);
      const by = asking(house, owner, room);
      const what = chance.below(10);
      if (what < 4)
        begin(
          asking(house, owner, chance.pick(rooms))
            .start()
            .then(({ status }) => `start ${status}`),
        );
      else if (what < 5) begin(by.stop().then(({ status }) => `stop ${status}`));
      else if (what < 6) begin(by.shot().then(({ status }) => `shot ${status}`));
      else if (what < 8) begin(look(house.url, room, owner));
      else {
        const victim = chance.pick(there);
        if (victim) begin(befall(victim.Id, chance));
      }
      await aMoment(chance.below(400));
    }
    await Promise.all(underWay);
    console.log({ ...counts, running: house.modules.running.count });
    for (const room of rooms) await asking(house, owner, room).stop();
    await eventually(async () => (await containers(rooms)).length === 0, { found: () => containers(rooms) });
    expect(house.modules.running.count).toBe(0);
    await eventually(areFree);
    await eventually(() => openFiles() <= filesBefore + 4, { found: () => [filesBefore, openFiles()] });
    const networks = async () => (await daemon?.docker.listNetworks())?.map(({ Name }) => Name) ?? [];
    expect((await networks()).some((name) => name.startsWith('portal-'))).toBe(true);
    await house[Symbol.asyncDispose]();
    expect((await networks()).filter((name) => name.startsWith('portal-'))).toEqual([]);
  },
  240_000 + STEPS * 1000,
);

/** A page comes, asks for the picture, and goes. */
async function look(url: string, room: Chat, who: { token: string }): Promise<string> {
  const page = new LinePage(url, room.id, who);
  try {
    await page.opened();
    page.send('signal/request', { video: {}, audio: {} });
    await page.hears('signal/provide');
    return 'an offer';
  } catch {
    return 'no offer';
  } finally {
    page.close();
  }
}
