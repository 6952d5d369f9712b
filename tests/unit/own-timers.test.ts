import { describe, expect, test } from 'bun:test';
import { ownTimers } from '../../src/core/clock.ts';
import { personOfUser } from '../../src/core/principal.ts';
import { testPortal } from '../support/portal.ts';
import { TestTimers } from '../support/test-timers.ts';

describe('the timers of a program', () => {
  test('end with it: nothing rings afterwards, and nothing can be set', async () => {
    const machine = new TestTimers();
    const timers = ownTimers(machine);
    const rung: string[] = [];
    timers.after(10, () => rung.push('before the end'));
    const cancel = timers.after(10, () => rung.push('cancelled'));
    timers.after(30, () => rung.push('after the end'));
    cancel();
    await machine.advance(20);
    timers.end();
    timers.after(5, () => rung.push('set after the end'));
    expect(machine.pending).toBe(0);
    await machine.advance(100);
    expect(rung).toEqual(['before the end']);
  });

  test('a portal that is closed leaves none behind, even where a room was just entered', async () => {
    const portal = await testPortal();
    const chat = await portal.given.chat();
    await portal.given.member(chat, await portal.given.person());
    portal.modules.roster.came(chat.id, personOfUser(chat.owner.id), chat.owner.sessionId, 1);
    await portal.timers.advance(60);
    await portal.close();
    expect(portal.timers.pending).toBe(0);
  });
});
