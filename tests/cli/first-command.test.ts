import { expect, test } from 'bun:test';
import { commandLine } from '../support/command-line.ts';

test('a command that makes an instance says so beside what it prints; the next one does not', async () => {
  await using cli = commandLine();
  const first = await cli.portal('user', 'list', '--json');
  expect(first).toEqual({
    status: 0,
    out: '[]',
    err: `There was no instance in ${cli.dataDir} yet; a new one was created.`,
  });
  expect(await cli.portal('user', 'list', '--json')).toEqual({ status: 0, out: '[]', err: '' });
});

test('each command that the help names is found when it is asked for alone', async () => {
  await using cli = commandLine();
  const { out } = await cli.portal('--help');
  const names = [...out.matchAll(/^ {2}([a-z-]+)(?: \[| <| {2,})/gm)].map(([, name]) => name as string);
  expect(names).toEqual(expect.arrayContaining(['serve', 'login-code', 'public-key', 'user', 'doctor', 'completion']));
  for (const name of names.filter((one) => one !== 'help')) {
    const help = await cli.portal(name, '--help');
    expect({ name, status: help.status, out: help.out }).toEqual({
      name,
      status: 0,
      out: expect.stringContaining(`Usage: portal ${name}`),
    });
  }
});
