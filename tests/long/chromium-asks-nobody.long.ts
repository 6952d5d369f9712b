import { describe, expect, test } from 'bun:test';
import { unlock } from '../../src/adapters/egress/unlock.ts';
import { startChromium } from '../egress/fenced-chromium.ts';
import { echoServer, openStage, PUBLIC } from '../egress/stage.ts';
import { requireChromiums } from '../support/prerequisites.ts';
import { aMoment } from '../support/waiting.ts';

const names = { 'site.test': [PUBLIC] };
/** What Chromium asks for by itself begins some seconds after its start. */
const A_WHILE_MS = 20_000;

describe.each(await requireChromiums())('$name', ({ path = '' }) => {
  test.skipIf(!path)('asks for nothing but what its page does', async () => {
    await using server = await echoServer();
    await using stage = await openStage({ names, behind: server.port });
    await using chromium = await startChromium(path, stage.gate.flags);
    await unlock(chromium.page, stage.gate);
    await chromium.open('http://site.test/');
    await aMoment(A_WHILE_MS);
    expect([...new Set(stage.looked)]).toEqual(['site.test']);
    expect([...new Set(stage.dialed)]).toEqual([`${PUBLIC}:80`]);
  });
});
