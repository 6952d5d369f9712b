import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Sizes, writeClientPackage } from '../../src/build/client-package.ts';
import { modelsOf, typeOf } from '../../src/build/client-types.ts';
import { type ChatRoom, PortalClient } from '../../src/client/index.ts';
import { openChromium, watch } from '../browser/chromium.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { requireChromium } from '../support/prerequisites.ts';
import type * as scenarios from './scenario.ts';

const ROOT = resolve(import.meta.dir, '../..');
const executablePath = await requireChromium();

/** What a program outside of a browser does with the package. */
const RUN = `
import * as library from 'portal-client';
import { PortalError, PortalRest } from 'portal-client/rest';
import { scenario } from './scenario.mjs';

const isOne = library.PortalRest === PortalRest && library.PortalError === PortalError;
console.log(JSON.stringify({ ...(await scenario(library, JSON.parse(process.argv[2]))), isOne }));
`;

let place: string;
let built: string;
let sizes: Sizes;

/** A folder of somebody who installed the package. Its own dependencies are found in the repository. */
beforeAll(async () => {
  await mkdir(join(ROOT, 'dist'), { recursive: true });
  place = await mkdtemp(join(ROOT, 'dist/.client-test-'));
  built = join(place, 'built/portal-client');
  sizes = await writeClientPackage(built);
  await mkdir(join(place, 'node_modules'));
  await symlink(built, join(place, 'node_modules/portal-client'));
  const scenario = await Bun.file(join(import.meta.dir, 'scenario.ts')).text();
  await Bun.write(join(place, 'scenario.mjs'), new Bun.Transpiler({ loader: 'ts' }).transformSync(scenario));
  await Bun.write(join(place, 'run.mjs'), RUN);
});
afterAll(() => rm(place, { recursive: true, force: true }));

/** The errors of the type checker about one file. */
async function complaints(source: string, options: object): Promise<string> {
  const file = join(place, `${Bun.hash(source)}.ts`);
  await Bun.write(file, source);
  const config = join(place, `${Bun.hash(source)}.json`);
  await Bun.write(config, JSON.stringify({ ...options, files: [file], include: [] }));
  const tsc = Bun.spawn([process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', config]);
  return new Response(tsc.stdout).text();
}

describe('the package', () => {
  test('is under 45 KB with its cryptography, and under 4 KB for REST alone', () => {
    expect(sizes.whole).toBeLessThan(45_000);
    expect(sizes.rest).toBeLessThan(4000);
    expect(sizes.later).toBeGreaterThan(0);
  });

  test('holds nothing of the server, and depends on what it says', async () => {
    const { dependencies } = await Bun.file(join(built, 'package.json')).json();
    const imported = new Set<string>();
    for (const path of new Bun.Glob('**/*.{js,ts}').scanSync(built)) {
      const text = await Bun.file(join(built, path)).text();
      for (const [, from = ''] of text.matchAll(/(?:^(?:im|ex)port\b[^;]*? from |\bimport\()["']([^"']+)["']/gm))
        imported.add(from);
    }
    const outside = [...imported].filter((from) => !from.startsWith('.'));
    const packages = outside.map((from) =>
      from
        .split('/')
        .slice(0, from.startsWith('@') ? 2 : 1)
        .join('/'),
    );
    expect(new Set(packages)).toEqual(new Set(Object.keys(dependencies)));
    expect([...imported].filter((from) => /modules|wire\/|typebox/.test(from))).toEqual([]);
    expect(imported.size).toBeGreaterThan(20);
  });

  test('has every file that it points to', async () => {
    const { exports } = await Bun.file(join(built, 'package.json')).json();
    const files = JSON.stringify(exports).match(/(?<=")\.\/[^"]+(?=")/g) ?? [];
    expect(files.length).toBeGreaterThan(6);
    const missing = files.filter(
      (file) => !/^\.\/(rest|browser|browser\/rest)$/.test(file) && !existsSync(join(built, file)),
    );
    expect(missing).toEqual([]);
    expect(await Bun.file(join(built, 'README.md')).exists()).toBe(true);
    expect(await Bun.file(join(built, 'LICENSE')).exists()).toBe(true);
  });
});

describe('its types', () => {
  test('are those of the server’s models', async () => {
    const checks: string[] = [];
    for (const path of new Bun.Glob('**/*.ts').scanSync(join(ROOT, 'src/client'))) {
      const file = join(ROOT, 'src/client', path);
      for (const { path: from, name, schema } of await modelsOf(await Bun.file(file).text(), dirname(file)))
        checks.push(`Is<Equal<Static<typeof import('${from}').${name}>, ${typeOf(schema)}>>`);
    }
    const source = `import type { Static } from '@sinclair/typebox';
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Is<T extends true> = T;
export type All = [\n${checks.join(',\n')}\n];
// @ts-expect-error another type
export type Wrong = Is<Equal<Static<typeof import('${join(ROOT, 'src/wire/models.ts')}').Ok>, { ok: boolean }>>;`;
    expect(checks.length).toBeGreaterThan(100);
    expect(await complaints(source, { extends: join(ROOT, 'tsconfig.json') })).toBe('');
  });

  test('serve a strict program that has nothing but the package', async () => {
    const source = `import { type ChatDetails, type List, PortalClient, type RoomMessage } from 'portal-client';
import { type EnterableChat, PortalRest } from 'portal-client/rest';
import { PortalClient as InPages } from 'portal-client/browser';

const client = new PortalClient({ url: 'https://chat.example.org' });
export const chats: Promise<List<EnterableChat>> = client.chats.list({ limit: 5 }, { signal: AbortSignal.timeout(5) });
export const chat: Promise<ChatDetails> = new PortalRest({ url: '' }).operations.getChat(7);
export const pages: typeof PortalClient = InPages;
client.join(7).then((room) => room.on('message', (message: RoomMessage) => message.body?.length));
client.on('notification', ({ title }) => title.toUpperCase());
// @ts-expect-error no such field
client.chats.ban(7, { user: 42 });
// @ts-expect-error the chat is missing
client.chats.ban({ user_id: 42 });
// @ts-expect-error no such tier
client.admin.grantSubscription({ user_id: 42, tier: 'GOLD' });
`;
    const lib = ['ES2024', 'DOM', 'DOM.Iterable'];
    const strict = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, types: [] };
    for (const module of ['nodenext', 'esnext']) {
      const moduleResolution = module === 'nodenext' ? 'nodenext' : 'bundler';
      const options = { compilerOptions: { ...strict, lib, target: 'ES2024', module, moduleResolution } };
      expect(await complaints(`// ${module}\n${source}`, options)).toBe('');
    }
  });
});

describe('it talks', () => {
  let portal: TestPortal;
  let url: string;
  let ada: PortalClient;
  let room: ChatRoom;
  let given: { url: string; publicKey: string; botKey: string; invite: string };

  beforeAll(async () => {
    portal = await testPortal({ realTime: true });
    url = portal.listen();
    const { apiKey: botKey } = await portal.given.bot('discord');
    ada = new PortalClient({ url, token: (await portal.given.premium('ada')).token });
    const chat = await ada.chats.create({ name: 'Three worlds' });
    const { code: invite } = await ada.invites.create(chat.id);
    await ada.connect();
    room = await ada.join(chat.id);
    given = { url, publicKey: portal.modules.publicKey.current(), botKey, invite };
  });
  afterAll(async () => {
    ada?.close();
    await portal?.close();
  });

  /** Ada answers whoever comes. */
  async function meets(name: string, comes: Promise<unknown>): Promise<unknown> {
    const heard = await Promise.race([room.next('message', ({ body }) => body === `from ${name}`), comes]);
    expect(heard).toMatchObject({ author: 'signed', sender: { username: name } });
    await room.send(`to ${name}`);
    return comes;
  }

  const result = {
    created: true,
    heard: { author: 'signed', from: 'ada' },
    total: 1,
    isStopped: true,
    refusal: 'ERR_NOT_FOUND',
    afterwards: 'ERR_UNAUTHENTICATED',
  };

  test.each([
    ['Node', Bun.which('node') ?? ''],
    ['Bun', process.execPath],
  ])('in %s', async (runtime, program) => {
    const name = `ben_in_${runtime.toLowerCase()}`;
    const command = [program, join(place, 'run.mjs'), JSON.stringify({ ...given, name })];
    const running = Bun.spawn(command, { stdout: 'pipe', stderr: 'pipe' });
    const said = Promise.all([new Response(running.stdout).text(), new Response(running.stderr).text()]);
    const comes = said.then(([out, trouble]) => {
      if (trouble !== '') throw new Error(trouble);
      return JSON.parse(out);
    });
    expect(await meets(name, comes)).toMatchObject({ ...result, isOne: true });
    expect(await running.exited).toBe(0);
  });

  test.skipIf(!executablePath)('in Chromium', async () => {
    const browser = await openChromium(String(executablePath));
    try {
      const page = await browser.context.newPage();
      const seen = watch(page);
      await page.route(`${url}/library/*`, async (route) => {
        const name = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
        const path = name.endsWith('.mjs') ? join(place, name) : join(built, 'browser', name);
        await route.fulfill({ contentType: 'text/javascript', body: await Bun.file(path).text() });
      });
      await page.goto(`${url}/docs`);
      const name = 'ben_in_chromium';
      const comes = page.evaluate(
        async (all) => {
          const [library, script] = ['/library/index.js', '/library/scenario.mjs'];
          const { scenario } = (await import(script)) as typeof scenarios;
          return scenario(await import(library), all);
        },
        { ...given, name },
      );
      expect(await meets(name, comes)).toMatchObject(result);
      const loaded = seen.requests.filter((address) => address.includes('/library/'));
      expect(new Set(loaded)).toEqual(new Set([`${url}/library/index.js`, `${url}/library/scenario.mjs`]));
    } finally {
      await browser.close();
    }
  });
});
