import { describe, expect, test } from 'bun:test';
import { CapacityError, UnfencedError } from '../../src/ports/browser-engine.ts';
import { cinema } from '../support/browser-house.ts';
import { eventually } from '../support/waiting.ts';

const PULLING = { status: 202, body: { ok: true, state: 'pulling' } };

describe('a start whose image has to be pulled', () => {
  test('is answered at once, and the browser comes without anybody asking again', async () => {
    await using house = await cinema();
    const { engine, owner } = house;
    engine.isPulling = true;
    const release = engine.hold();
    expect(await owner.start()).toMatchObject(PULLING);
    expect((await owner.read()).status).toBe(404);
    release();
    await eventually(async () => (await owner.read()).status === 200);
  });

  test('is joined by a further start', async () => {
    await using house = await cinema();
    const { engine, owner } = house;
    engine.isPulling = true;
    const release = engine.hold();
    expect(await owner.start()).toMatchObject(PULLING);
    expect(await owner.start()).toMatchObject(PULLING);
    release();
    await eventually(async () => (await owner.read()).status === 200);
    expect(engine.requests.length).toBe(1);
  });

  test('has as long as that takes', async () => {
    await using house = await cinema();
    const { portal, engine, owner } = house;
    engine.isPulling = true;
    const release = engine.hold();
    expect(await owner.start()).toMatchObject(PULLING);
    await portal.timers.leap(5 * 60_000);
    release();
    await eventually(async () => (await owner.read()).status === 200);
    expect(engine.alive.length).toBe(1);
  });

  test('is stopped in the middle', async () => {
    await using house = await cinema();
    const { engine, owner } = house;
    engine.isPulling = true;
    const release = engine.hold();
    expect(await owner.start()).toMatchObject(PULLING);
    expect((await owner.stop()).status).toBe(200);
    release();
    await eventually(() => engine.started.length === 1 && engine.alive.length === 0);
    expect((await owner.read()).status).toBe(404);
  });

  test('by staff, is answered in the same way', async () => {
    await using house = await cinema();
    const { portal, engine, chat } = house;
    engine.isPulling = true;
    const release = engine.hold();
    const admin = portal.as(await portal.given.admin());
    expect(await admin.post(`/v1/admin/chats/${chat.id}/start`)).toMatchObject(PULLING);
    release();
    await eventually(() => engine.alive.length === 1);
  });
});

describe('a start that the engine refuses says why', () => {
  test('where no more browsers fit', async () => {
    await using house = await cinema();
    house.engine.failWith(new CapacityError('No port for picture and sound is free'));
    expect(await house.owner.start()).toMatchObject({
      status: 503,
      body: { code: 'ERR_BROWSER_CAPACITY', error: 'No port for picture and sound is free' },
    });
  });

  test('where nothing proves the fence', async () => {
    await using house = await cinema();
    house.engine.failWith(new UnfencedError('The Docker host needs: iptables -I INPUT'));
    expect(await house.owner.start()).toMatchObject({
      status: 503,
      body: { code: 'ERR_BROWSER_UNFENCED', error: 'The Docker host needs: iptables -I INPUT' },
    });
  });
});
