import { expect, test } from 'bun:test';
import { PortalRest } from '../../src/client/index.ts';
import { testPortal } from '../support/portal.ts';

const LIMITED = { env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_PUBLIC: '2' } };

/** The library before the real server, whose clock the test moves, and the statuses of its answers. */
async function limited() {
  const portal = await testPortal(LIMITED);
  const statuses: number[] = [];
  const rest = new PortalRest({
    url: 'http://portal.example',
    publicKey: portal.modules.publicKey.current(),
    pauseMs: 1,
    fetch: async (url, init) => {
      const response = await portal.fetch(new Request(url, init));
      statuses.push(response.status);
      // The minute is over as soon as the call was refused.
      if (response.status === 429) await portal.timers.advance(1000);
      return response;
    },
  });
  for (let calls = 0; calls < 2; calls += 1) await rest.statistics.users();
  return { portal, rest, statuses };
}

test('a call over the limit waits as long as the server says, and then succeeds', async () => {
  const { portal, rest, statuses } = await limited();
  await portal.timers.advance(59_200);
  expect(await rest.statistics.users()).toMatchObject({ total_count: 0 });
  expect(statuses).toEqual([200, 200, 429, 200]);
  await portal.close();
});

test('without patience for that long it fails at once, and says how long', async () => {
  const { portal, rest, statuses } = await limited();
  const refusal = await rest.statistics.users({ patienceMs: 50_000 }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'ERR_RATE_LIMITED', status: 429, details: { retry_after: 60 } });
  expect(statuses).toEqual([200, 200, 429]);
  await portal.close();
});
