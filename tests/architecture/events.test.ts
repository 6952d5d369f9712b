import { beforeAll, describe, expect, test } from 'bun:test';
import { CHAT_EVENTS } from '../../src/client/events.ts';
import { createRoomHandlers } from '../../src/client/room/room-handlers.ts';
import { readSources, type Source } from './sources.ts';

/** Events that the client knows and the server does not send yet. Take out what it sends; put nothing in. */
const NOT_YET_SENT: string[] = [];

/** Calls that the client knows and the server does not hear yet. Take out what it hears; put nothing in. */
const NOT_YET_ANSWERED: string[] = [];

/** Domain events that nobody listens to yet. Take out what is heard; put nothing in. */
const NOT_YET_HEARD: string[] = [];

let sources: Source[];
let wire: string;

beforeAll(async () => {
  sources = await readSources();
  wire = sources.find(({ path }) => path === 'client/events.ts')?.text ?? '';
});

const server = () => sources.filter(({ layer }) => layer !== 'client');
const all = (some: readonly Source[], what: RegExp) =>
  new Set(some.flatMap(({ code }) => [...code.matchAll(what)].map(([, name]) => name as string)));

/** The keys of a type in the client's table of events. */
function keysOf(type: string): Set<string> {
  const body = new RegExp(`^export type ${type} = \\{\\n(.*?)^\\};`, 'ms').exec(wire)?.[1] ?? '';
  return new Set([...body.matchAll(/^ {2}'([a-z]+:[a-z_]+)':/gm)].map(([, name]) => name as string));
}

/** The first name of an event in the arguments of a call that sends one. */
const SENT =
  /\b(?:publish|publishExcept|emit|tell|tellAbout|tellOthersAbout|tellWatchers|tellOtherWatchersAbout)\((?:[^;"'`]|`[^`]*`)*?"([a-z]+:[a-z_]+)"/g;

describe('socket events', () => {
  test('that the server sends are those that the client knows', () => {
    const sent = all(server(), SENT);
    const known = keysOf('ChatPayloads').union(keysOf('GlobalPayloads'));
    expect(sent.size).toBeGreaterThan(10);
    expect([...sent.difference(known)]).toEqual([]);
    expect(known.difference(sent)).toEqual(new Set(NOT_YET_SENT));
  });

  test('that the server hears are those that the client may call', () => {
    const heard = all(server(), /\bevent: "([a-z]+:[a-z_]+)"/g);
    expect(heard.size).toBeGreaterThan(5);
    expect(heard).toEqual(keysOf('ClientCalls').difference(new Set(NOT_YET_ANSWERED)));
  });

  test('are all in docs/live.md, and no others', async () => {
    const page = await Bun.file(new URL('../../docs/live.md', import.meta.url)).text();
    const named = [...page.matchAll(/^### `([a-z]+:[a-z_]+)`$/gm)].map(([, name = '']) => name);
    const sent = keysOf('ChatPayloads').union(keysOf('GlobalPayloads'));
    expect(new Set(named)).toEqual(sent.union(keysOf('ClientCalls')));
  });

  test('of a chat reach its room, and the others the page', () => {
    expect(new Set<string>(CHAT_EVENTS)).toEqual(keysOf('ChatPayloads'));
    const library = sources.filter(({ layer }) => layer === 'client');
    expect(all(library, /\.on\("([a-z]+:[a-z_]+)"/g)).toEqual(keysOf('GlobalPayloads'));
  });

  test('that a room acts on are events of a chat', () => {
    const acted = Object.keys(createRoomHandlers({} as Parameters<typeof createRoomHandlers>[0]));
    expect(acted.length).toBeGreaterThan(10);
    expect(acted.filter((name) => !keysOf('ChatPayloads').has(name))).toEqual([]);
  });

  test('of a chat name it', () => {
    const body = /^export type ChatPayloads = \{\n(.*?)^\};/ms.exec(wire)?.[1] ?? '';
    const lines = body.split('\n').filter((line) => line.includes(':'));
    expect(lines.filter((line) => !/chat_id: number|HistoryEntry/.test(line))).toEqual([]);
  });
});

describe('domain events', () => {
  test('that are told are heard, and the other way round', () => {
    const told = all(server(), /\bemit\(\{\s*name: "([a-z]+\.[a-z_]+)"/g);
    const heard = all(server(), /\bevents\.on\("([a-z]+\.[a-z_]+)"/g);
    expect(told.size).toBeGreaterThan(5);
    expect([...heard.difference(told)]).toEqual([]);
    expect([...told.difference(heard)].filter((name) => !NOT_YET_HEARD.includes(name))).toEqual([]);
  });

  test('are declared by the module that tells them', () => {
    const declared = new Set(
      sources
        .filter(({ role }) => role === 'events')
        .flatMap(({ text }) => [...text.matchAll(/\bname: '([a-z]+\.[a-z_]+)'/g)].map(([, name]) => name as string)),
    );
    expect(declared).toEqual(all(server(), /\bemit\(\{\s*name: "([a-z]+\.[a-z_]+)"/g));
  });
});
