import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Static, TSchema } from '@sinclair/typebox';
import { type RulesetDefinition, Spectral } from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';
import type { CALLS } from '../../src/app/live/live-document.ts';
import { SENT } from '../../src/app/live/live-document.ts';
import type { ClientCalls, ServerPayloads } from '../../src/client/events.ts';
import { LiveCheck, type LiveDocument } from '../support/live-check.ts';
import { livePage } from '../support/live-page.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

type Sent = { [Name in keyof typeof SENT]: Static<(typeof SENT)[Name]['payload']> };
type Answering = {
  [Name in keyof typeof CALLS as (typeof CALLS)[Name] extends { reply: TSchema } ? Name : never]: true;
};
type Replies = {
  [Name in keyof Answering]: (typeof CALLS)[Name] extends { reply: infer Reply extends TSchema }
    ? Static<Reply>
    : never;
};

let portal: TestPortal;
let document: LiveDocument & { info: { tags: { name: string }[] }; servers: Record<string, Record<string, unknown>> };

beforeAll(async () => {
  portal = await testPortal();
  document = (await portal.nobody.get('/asyncapi.json')).body as typeof document;
});
afterAll(() => portal.close());

describe('the document of live events', () => {
  test('has no error and no warning by the rules for AsyncAPI', async () => {
    const spectral = new Spectral();
    // Groups stand in the order in which one meets them. Tools read 3.0 first.
    const off = {
      'asyncapi-tags-alphabetical': 'off',
      'asyncapi-3-tags-alphabetical': 'off',
      'asyncapi-info-contact': 'off',
      'asyncapi-latest-version': 'off',
    };
    spectral.setRuleset({ extends: [[rulesets.asyncapi, 'all']], rules: off } as RulesetDefinition);
    const found = await spectral.run(structuredClone(document) as unknown as Record<string, unknown>);
    expect(found.map(({ code, message, path }) => `${code}: ${message} (${path.join('/')})`)).toEqual([]);
  });

  test('refers to nothing that is not there', () => {
    const targets = new Set(
      [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? ''),
    );
    const found = (path: string) =>
      path.split('/').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
    expect(targets.size).toBeGreaterThan(50);
    expect([...targets].filter((path) => found(path) === undefined)).toEqual([]);
  });

  test('shows an example of every message, which its schema allows', () => {
    expect(new LiveCheck(document).wrongExamples()).toEqual([]);
  });

  test('says of every event in which direction it goes, what it is for and who gets it', () => {
    const operations = Object.values(document.operations) as unknown as Record<string, string & { name: string }[]>[];
    const wrong = operations.filter(
      ({ action, summary = '', description = '' }) =>
        !/^[A-Z].{3,70}[^.]$/.test(summary) || (action === ('send' as never) && !/(^|\n\n)To: .+\.$/.test(description)),
    );
    expect(operations.length).toBeGreaterThan(50);
    expect(wrong.map(({ title }) => title)).toEqual([]);
  });

  test('sorts all events into its groups', () => {
    const used = Object.values(document.operations).flatMap(
      (operation) => (operation as unknown as { tags: { name: string }[] }).tags,
    );
    expect(new Set(used.map(({ name }) => name))).toEqual(new Set(document.info.tags.map(({ name }) => name)));
  });

  test('is what docs/live.md says; `npm run live-page` writes it', async () => {
    const { written, wanted } = await livePage(document);
    expect(written).toBe(wanted);
  });

  test('has the types of the client library', () => {
    // Compared by the compiler.
    const sent = (payloads: Sent): ServerPayloads => payloads;
    const answered = (replies: Replies): { [Name in keyof Replies]: ClientCalls[Name]['reply'] } => replies;
    expect([sent, answered]).toHaveLength(2);
    expect(new Set(Object.keys(SENT))).toEqual(new Set(new LiveCheck(document).sent));
  });

  test('keeps what is only for our own code to itself', () => {
    const text = JSON.stringify(document);
    expect(text).not.toContain('x-portal-');
    expect(text).not.toContain('"says":');
  });

  test('names the public address where there is one', async () => {
    await using known = await testPortal({ env: { PORTAL_PUBLIC_URL: 'https://portal.example.com:8443' } });
    const { servers } = (await known.nobody.get('/asyncapi.json')).body;
    expect([servers.instance.host, servers.instance.protocol]).toEqual(['portal.example.com:8443', 'wss']);
    expect(document.servers.instance?.host).toBe('{host}');
  });
});
