import { expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asking } from '../support/browser-house.ts';
import { Chance } from '../support/fuzz.ts';
import { testPortal } from '../support/portal.ts';
import { requireChromium } from '../support/prerequisites.ts';
import { aMoment, eventually } from '../support/waiting.ts';

const hasChromium = (await requireChromium()) !== undefined;
const ROOMS = 20;
const MOST = 6;
/** About two minutes. */
const STEPS = Number(process.env.STEPS ?? 600);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
console.log(`SEED=${seed} STEPS=${STEPS}`);

const pidsOf = (folder: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
      } catch {
        return false;
      }
    });

const openFiles = () => readdirSync('/proc/self/fd').length;

test.skipIf(!hasChromium)(
  `${ROOMS} rooms are started, crashed and stopped at random; nothing is left`,
  async () => {
    const chance = new Chance(seed);
    const profiles = mkdtempSync(join(tmpdir(), 'pb-'));
    // Chromium runs as somebody else, who has to pass.
    chmodSync(profiles, 0o755);
    const portal = await testPortal({
      realTime: true,
      env: {
        PORTAL_BROWSER_ENGINE: 'local',
        PORTAL_BROWSER_PROFILES: profiles,
        PORTAL_BROWSER_MAX_RUNNING: String(MOST),
        PORTAL_BROWSER_SIZE: '640x360@30',
      },
    });
    const owner = await portal.given.owner();
    const rooms = await Promise.all(Array.from({ length: ROOMS }, () => portal.given.chat({ owner })));
    const filesBefore = openFiles();
    const statuses: Record<number, number> = {};
    const asked: Promise<void>[] = [];
    const ask = (answer: Promise<{ status: number }>) =>
      asked.push(
        answer.then(({ status }) => {
          statuses[status] = (statuses[status] ?? 0) + 1;
        }),
      );
    let killed = 0;
    for (let step = 0; step < STEPS; step++) {
      const by = asking(portal, owner, chance.pick(rooms));
      const what = chance.below(10);
      if (what < 5) ask(by.start());
      else if (what < 7) ask(by.stop());
      else if (what < 8) ask(by.shot());
      else {
        // Any of its processes: the browser itself, a page, a helper.
        const pid = chance.pick(pidsOf(profiles));
        if (pid !== undefined) {
          killed++;
          try {
            process.kill(pid, 'SIGKILL');
          } catch {
            // It was faster.
          }
        }
      }
      await aMoment(chance.below(400));
    }
    await Promise.all(asked);
    console.log({ statuses, killed, running: portal.modules.running.count });
    for (const room of rooms) await asking(portal, owner, room).stop();
    await eventually(() => pidsOf(profiles).length === 0, { found: () => pidsOf(profiles) });
    expect({ running: portal.modules.running.count }).toEqual({ running: 0 });
    await eventually(() => openFiles() <= filesBefore + 2, {
      found: () => ({ before: filesBefore, now: openFiles() }),
    });
    await portal.close();
    expect(readdirSync(profiles)).toEqual([]);
    rmSync(profiles, { recursive: true });
  },
  120_000 + STEPS * 1000,
);
