import { expect, test } from 'bun:test';
import { configurationPage } from '../../src/build/configuration-page.ts';

test('the page of all settings says what the program does', async () => {
  expect(await Bun.file(`${import.meta.dir}/../../docs/configuration.md`).text()).toBe(configurationPage());
});
