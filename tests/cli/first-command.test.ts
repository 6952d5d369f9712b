import { expect, test } from 'bun:test';
import { commandLine } from '../support/command-line.ts';

test('a command that makes an instance says so beside what it prints; the next one does not', async () => {
  await using cli = commandLine();
  const first = await cli.portal('user', 'list', '--json');
  expect(first).toEqual({ status: 0, out: '[]', err: `There was no instance in ${cli.dataDir} yet; it is made now.` });
  expect(await cli.portal('user', 'list', '--json')).toEqual({ status: 0, out: '[]', err: '' });
});
