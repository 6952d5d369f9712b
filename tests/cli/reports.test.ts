import { expect, test } from 'bun:test';
import { listenForCommands } from '../../src/app/operations/control-socket.ts';
import { perform } from '../../src/app/operations/operations.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { commandLine } from '../support/command-line.ts';
import { keyboard } from '../support/keyboard.ts';
import { testPortal } from '../support/portal.ts';

test('beside a running server, every report is listed and can be decided, also one by the only moderator', async () => {
  await using portal = await testPortal();
  const control = listenForCommands(portal.dataDir, (request) => perform(portal, request), silentLogger);
  const type = keyboard(portal.dataDir);
  expect((await type('report', 'list')).out).toBe('There are no reports.\n');
  const [owner, stranger] = [await portal.given.owner(), await portal.given.stranger()];
  const { id } = await portal.given.direct(owner, stranger);
  await portal.as(owner).post('/v1/portal/match/report', { chat_id: id, reason: 'Insults,\nagain' });
  await portal.as(stranger).post('/v1/portal/match/report', { chat_id: id, reason: 'Rude' });
  expect((await type('report', 'list')).out).toMatch(
    new RegExp(
      `^ID .*\n2 +open +\\S+Z +stranger ${stranger.signature} +${owner.username} +Rude\n` +
        `1 +open +\\S+Z +${owner.username} +stranger ${stranger.signature} +Insults, again\n$`,
    ),
  );
  const decided = await type('report', 'resolve', '1', 'upheld', '--note', 'Seen before');
  expect(decided).toEqual({ status: 0, out: 'Report 1 upheld\n', err: '' });
  const [upheld, ...others] = JSON.parse((await type('report', 'list', '--state', 'upheld', '--json')).out);
  expect(upheld).toMatchObject({ id: 1, decided_by_id: null, decided_at: expect.stringMatching(/Z$/) });
  expect(others).toEqual([]);
  expect((await type('report', 'resolve', '2', 'dismissed')).out).toBe('Report 2 dismissed\n');
  expect(await type('report', 'resolve', '2', 'upheld')).toMatchObject({
    status: 1,
    out: '',
    err: 'This report has been decided already\n',
  });
  const entries = JSON.parse((await type('audit', '--entity', 'report', '--json')).out);
  expect(entries).toMatchObject([
    { event_type: 'REPORT_RESOLVE', entity_id: '2', event_metadata: { outcome: 'dismissed', note: null } },
    { entity_id: '1', event_metadata: { outcome: 'upheld', note: 'Seen before', actor: 'console' } },
  ]);
  await control.stop();
});

test('what is used wrongly ends with 2, what cannot be done with 1', async () => {
  await using cli = commandLine();
  await cli.json('user', 'create', 'grace');
  expect(await cli.json('report', 'list')).toEqual([]);
  for (const wrong of [
    ['report', 'resolve'],
    ['report', 'resolve', '1'],
    ['report', 'resolve', '1', 'open'],
    ['report', 'resolve', 'one', 'upheld'],
    ['report', 'list', '--state', 'closed'],
    ['report', 'list', '--limit', '201'],
  ])
    expect({ wrong, ...(await cli.portal(...wrong)) }).toMatchObject({ wrong, status: 2, out: '' });
  expect(await cli.portal('report', 'resolve', '1', 'upheld')).toEqual({
    status: 1,
    out: '',
    err: 'There is no such report',
  });
  for (const action of ['list', 'resolve'])
    expect((await cli.portal('report', action, '--help')).out).toContain(`Example:\n  portal report ${action}`);
});
