import { expect, test } from 'bun:test';
import { listenForCommands } from '../../src/app/operations/control-socket.ts';
import { perform } from '../../src/app/operations/operations.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { openHouse } from '../realtime/house.ts';
import { commandLine } from '../support/command-line.ts';
import { keyboard } from '../support/keyboard.ts';

test('beside a running server, strangers are listed, blocked at once and let search again', async () => {
  await using house = await openHouse();
  const control = listenForCommands(house.dataDir, (request) => perform(house, request), silentLogger);
  const type = keyboard(house.dataDir);
  const told: object[] = [];
  house.events.on('stranger.blocked', (event) => void told.push(event));
  const stranger = await house.given.stranger('81.2.69.142');
  const { signature, alias, sessionId } = stranger;
  expect((await type('stranger', 'list')).out).toBe('There are no strangers.\n');
  await (await house.dial(stranger)).settled();
  expect((await type('stranger', 'list')).out).toMatch(
    new RegExp(`^SIGNATURE .*\n${signature} +${alias} +GB +idle +\\S+Z +–\n$`),
  );
  const blocked = await type('stranger', 'block', signature, '--reason', 'Spam', '--for', '7d');
  expect(blocked).toEqual({ status: 0, out: `Stranger ${signature} blocked\n`, err: '' });
  expect(told).toEqual([expect.objectContaining({ name: 'stranger.blocked', sessionId })]);
  const [listed] = JSON.parse((await type('stranger', 'list', '--json')).out);
  expect((await type('stranger', 'list')).out).toContain(listed.blocked.until);
  expect(listed).toMatchObject({ signature, blocked: { until: expect.stringMatching(/Z$/), reason: 'Spam' } });
  expect((await type('stranger', 'unblock', signature)).out).toBe(`Stranger ${signature} unblocked\n`);
  expect(JSON.parse((await type('stranger', 'list', '--json')).out)).toMatchObject([{ signature, blocked: null }]);
  await type('stranger', 'block', signature);
  expect((await type('stranger', 'list')).out).toContain('without an end');
  const entries = JSON.parse((await type('audit', '--entity', 'stranger', '--json')).out);
  expect(entries.map(({ event_type }: { event_type: string }) => event_type)).toEqual([
    'STRANGER_BLOCK',
    'STRANGER_UNBLOCK',
    'STRANGER_BLOCK',
  ]);
  await control.stop();
});

test('what is used wrongly ends with 2, what cannot be done with 1', async () => {
  await using cli = commandLine();
  await cli.json('user', 'create', 'grace');
  expect(await cli.json('stranger', 'list')).toEqual([]);
  for (const wrong of [
    ['stranger', 'block'],
    ['stranger', 'block', 'mallory'],
    ['stranger', 'block', '0'.repeat(16), '--for', '2x'],
    ['stranger', 'unblock', '0'.repeat(17)],
    ['stranger', 'list', '--limit', '501'],
  ])
    expect({ wrong, ...(await cli.portal(...wrong)) }).toMatchObject({ wrong, status: 2, out: '' });
  for (const action of ['block', 'unblock'])
    expect(await cli.portal('stranger', action, '0'.repeat(16))).toEqual({
      status: 1,
      out: '',
      err: 'There is no such stranger',
    });
  for (const action of ['list', 'block', 'unblock'])
    expect((await cli.portal('stranger', action, '--help')).out).toContain(`Example:\n  portal stranger ${action}`);
});
