import { afterEach, expect, test } from 'bun:test';
import { clientStage } from '../support/client-stage.ts';
import { FakeMatch } from '../support/fake-match.ts';
import { readmeScript } from '../support/readme-scripts.ts';

const stage = clientStage();
afterEach(() => stage.close());

test('the two scripts of the README meet by a shared tag, talk sealed, and end by themselves', async () => {
  const server = await stage.server();
  const match = new FakeMatch(server);
  const answers = await readmeScript('answers.ts', server.url, 'hpub_x');
  await server.until(() => match.searches.size === 1);
  const asks = await readmeScript('asks.ts', server.url, 'hpub_x');
  const said = 'Found quiet-owl-100 by chess\nYou said: Do you play?\n';
  expect(await asks.end()).toEqual({ status: 0, said, complained: '' });
  expect(await answers.end()).toEqual({ status: 0, said: 'It is over: left\n', complained: '' });
  expect(JSON.stringify([match.talk(100).history, server.heard])).not.toContain('Do you play?');
});
