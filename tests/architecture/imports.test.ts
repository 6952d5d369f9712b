import { beforeAll, describe, expect, test } from 'bun:test';
import { dirname, join } from 'node:path';
import { linesWith, readSources, type Source } from './sources.ts';

let sources: Source[];

beforeAll(async () => {
  sources = await readSources();
});

const OURS = [
  'adapters',
  'app',
  'build',
  'cli',
  'client',
  'config',
  'core',
  'db',
  'http',
  'modules',
  'ports',
  'realtime',
  'web',
  'wire',
];
const layerOf = (path: string) => (OURS.includes(path.split('/')[0] ?? '') ? path.split('/')[0] : undefined);

/** What a layer may import of the others, and of what it may know the types only. */
const LAYERS: Record<string, { uses: string[]; knows: string[] }> = {
  core: { uses: [], knows: [] },
  ports: { uses: [], knows: ['core'] },
  wire: { uses: ['core'], knows: [] },
  config: { uses: ['core'], knows: [] },
  adapters: { uses: ['core', 'ports'], knows: [] },
  db: { uses: ['core'], knows: [] },
  http: { uses: ['core', 'wire'], knows: ['ports', 'web'] },
  realtime: { uses: ['core', 'ports', 'wire'], knows: [] },
  modules: { uses: ['core', 'ports', 'db', 'wire', 'http', 'realtime'], knows: [] },
  client: { uses: [], knows: ['wire', 'modules'] },
  // Pages know the server as its clients do.
  web: { uses: ['client'], knows: ['wire'] },
  app: {
    uses: ['adapters', 'build', 'config', 'core', 'db', 'http', 'modules', 'ports', 'realtime', 'wire'],
    knows: [],
  },
  cli: { uses: ['app', 'config', 'core', 'db', 'modules', 'wire'], knows: [] },
  build: { uses: ['config', 'core', 'web'], knows: [] },
  'main.ts': { uses: ['cli'], knows: [] },
};

/** `importer > imported`, of all imports for which something is so. */
function edges(
  kind: 'imports' | 'typeImports',
  isSo: (source: Source, target: string) => boolean,
  among: readonly Source[] = sources,
): string[] {
  return among.flatMap((source) =>
    source[kind].filter((target) => isSo(source, target)).map((target) => `${source.path} > ${target}`),
  );
}

const isIn = (layer: string, role: RegExp, target: string) => target.startsWith(`${layer}/`) && role.test(target);
const inModules = () => sources.filter(({ layer, path }) => layer === 'modules' && path !== 'modules/module.ts');
const moduleOf = (target: string) => /^modules\/([\w-]+\/[\w-]+)\//.exec(target)?.[1];

/** The wings of the house: each knows those before it, and nothing of those after. */
const WINGS = ['people', 'chats', 'instance'];
const wingOf = (target: string) => /^modules\/([\w-]+)\//.exec(target)?.[1] ?? '';

/** All ways from a folder back to itself, over imports of any kind; types count as well. */
function circlesAmong(next: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const isDone = new Set<string>();
  const circles: string[] = [];
  const visit = (name: string, above: string[]) => {
    if (above.includes(name)) circles.push([...above.slice(above.indexOf(name)), name].join(' > '));
    if (above.includes(name) || isDone.has(name)) return;
    for (const target of next.get(name) ?? []) visit(target, [...above, name]);
    isDone.add(name);
  };
  for (const name of next.keys()) visit(name, []);
  return circles;
}

describe('layers', () => {
  test('are all known', () => {
    expect([...new Set(sources.map(({ layer }) => layer))].filter((layer) => !(layer in LAYERS))).toEqual([]);
  });

  test('use only what stands below them', () => {
    const isForeign = (source: Source, target: string) => {
      const layer = layerOf(target);
      return layer !== undefined && layer !== source.layer && !LAYERS[source.layer]?.uses.includes(layer);
    };
    expect(edges('imports', isForeign)).toEqual([]);
  });

  test('know the types of nothing else either', () => {
    const isForeign = (source: Source, target: string) => {
      const { uses, knows } = LAYERS[source.layer] ?? { uses: [], knows: [] };
      const layer = layerOf(target);
      return layer !== undefined && layer !== source.layer && ![...uses, ...knows].includes(layer);
    };
    expect(edges('typeImports', isForeign)).toEqual([]);
  });

  test('below the modules need no other file of the repository but the manifest, for its version', () => {
    expect(edges('typeImports', (_, target) => target.startsWith('../'))).toEqual([
      'core/version.ts > ../package.json',
    ]);
  });

  test('import each other in no circle', () => {
    const next = new Map(sources.map(({ path, imports }) => [path, new Set(imports)]));
    expect(circlesAmong(next)).toEqual([]);
  });
});

describe('Elysia', () => {
  test('stays at the edge', () => {
    const isEdge = ({ layer, path, role }: Source) =>
      layer === 'http' || ['app/http.ts', 'modules/module.ts'].includes(path) || role === 'routes' || role === 'model';
    const isElysia = (source: Source, target: string) => /^@?elysia/.test(target) && !isEdge(source);
    expect(edges('typeImports', isElysia)).toEqual([]);
  });

  test('comes with nothing but models into what is no route', () => {
    const isPlugin = ({ layer, role = '' }: Source, target: string) =>
      layer === 'modules' && target.startsWith('http/') && role !== 'routes';
    expect(edges('imports', isPlugin)).toEqual([]);
    const isModel = ({ layer, role = '' }: Source, target: string) =>
      layer === 'modules' && target === 'wire/models.ts' && !['model', 'routes', 'socket'].includes(role);
    expect(edges('imports', isModel)).toEqual([]);
  });
});

describe('a chat', () => {
  test('is spoken to by one file, which names people as that chat may know them', () => {
    const others = sources.filter(({ path }) => path !== 'modules/chats/voice/voice.ts');
    expect(linesWith(others, /\bchatRoom\(|`chat:/)).toEqual([]);
  });
});

describe('sockets', () => {
  test('are known to socket handlers alone', () => {
    const isRealtime = ({ role }: Source, target: string) => target.startsWith('realtime/') && role !== 'socket';
    expect(edges('imports', isRealtime, inModules())).toEqual([]);
    const isLibrary = ({ layer }: Source, target: string) =>
      /^(@?socket\.io|engine\.io)/.test(target) && !['realtime', 'client', 'app'].includes(layer);
    expect(edges('typeImports', isLibrary)).toEqual([]);
  });
});

/** What one module may use of another at once; of all else it knows the types, and is handed the functions it calls. */
const SHARED = ['tables', 'model', 'errors', 'events', 'policy', 'presenter'];

/** A module reads what it needs of another's tables by the other's own queries. */
const READING = /^(find|list|count|is|has|someoneHas)[A-Z]|^usernameKey$/;

/** Writes that one module does in another's tables, each for a reason. */
const FOREIGN_WRITES: Record<string, string[]> = {
  // What fades has one room, and is deleted where it lies.
  'chats/clearing/chat-deletion.service.ts > chats/chats': ['removeChat'],
  'chats/clearing/chat-deletion.service.ts > chats/messages': ['deleteOldest'],
  'chats/clearing/clearing.service.ts > chats/messages': ['deleteOldest'],
  'chats/clearing/removal.service.ts > chats/messages': ['deleteMessage', 'deleteSomeOf'],
  // A direct chat is a chat with a beginning and an end of its own.
  'chats/direct/direct.service.ts > chats/chats': ['insertChat', 'markDeleted'],
  // The door of a chat: who is in it is kept with the chat, where every rule asks for it.
  'chats/membership/membership.service.ts > chats/chats': [
    'addMember',
    'closeAllVisits',
    'closeVisit',
    'forgetVisit',
    'insertActivity',
    'removeMember',
    'saveVisit',
  ],
  // The next message id is the chat's.
  'chats/messages/messages.service.ts > chats/chats': ['takeMessageId'],
  // What is done to someone in a chat is on their record, which is the platform's.
  'chats/moderation/moderation-ends.service.ts > people/sanctions': ['liftInChat', 'removeOverMute'],
  'chats/moderation/moderation.service.ts > people/sanctions': ['insertPunishment', 'liftInChat'],
  'chats/moderation/muting.service.ts > people/sanctions': ['insertPunishment', 'liftInChat', 'removeMute', 'saveMute'],
  'chats/moderation/pardon.ts > people/sanctions': ['liftInChat', 'removeMute'],
  // A chat that closes lets nobody in whom its owner did not invite.
  'chats/settings/chat-editor.service.ts > chats/chats': ['forgetGuests', 'updateChat'],
  'chats/settings/chat-editor.service.ts > chats/invites': ['deleteInvitesOfOthers'],
  // The staff's view of people and chats, by the same rows.
  'instance/accounts/account-levels.service.ts > people/users': ['insertPermissionChange', 'updateUser'],
  'instance/chat-management/chat-management.service.ts > chats/chats': [
    'addMember',
    'insertChat',
    'removeMember',
    'updateChat',
  ],
  // A bot tells what its platform calls a user.
  'people/bots/bots.module.ts > people/users': ['updateIdentity'],
  // Whom a login code is for is found out, and linked, in the transaction that spends the code.
  'people/auth/auth.service.ts > people/users': ['insertIdentity', 'updateIdentity'],
  // What the platform calls its user comes with the bot's call for the code.
  'people/auth/login-codes.service.ts > people/users': ['updateIdentity'],
  // When someone was last seen is noted by their sessions, many at once.
  'people/sessions/sessions.service.ts > people/users': ['touchUsers'],
};

/** The functions that a file uses of another module's repository. */
function repositoryUses({ path, text, code, module }: Source): { key: string; name: string }[] {
  const found = [...text.matchAll(/^import (?!type )([^;]*?) from '(\.[\w./-]+\.repository\.ts)'/gm)];
  return found.flatMap(([, what = '', from = '']) => {
    const other = moduleOf(join(dirname(path), from));
    if (other === module) return [];
    const space = /\* as (\w+)/.exec(what)?.[1];
    const names = space
      ? [...code.matchAll(new RegExp(`(?<![\\w./])${space}\\.(\\w+)`, 'g'))].map(([, name = '']) => name)
      : what.split(/[{},]/).map((name) => name.trim());
    const used = new Set(names.filter((name) => name && !name.startsWith('type ')));
    return [...used].map((name) => ({ key: `${path.slice('modules/'.length)} > ${other}`, name }));
  });
}

describe('wings', () => {
  test('are the folders of the modules', () => {
    expect(new Set(inModules().map(({ path }) => wingOf(path)))).toEqual(new Set(WINGS));
  });

  test('import only the wings before them', () => {
    const isAhead = (source: Source, target: string) =>
      target.startsWith('modules/') && WINGS.indexOf(wingOf(target)) > WINGS.indexOf(wingOf(source.path));
    expect(edges('typeImports', isAhead, inModules())).toEqual([]);
  });

  test('have folders that import each other in no circle', () => {
    const next = new Map<string, Set<string>>();
    for (const { module = '', typeImports } of inModules()) {
      const targets = typeImports.map(moduleOf).filter((other) => other !== undefined && other !== module);
      next.set(module, new Set([...(next.get(module) ?? []), ...(targets as string[])]));
    }
    expect(circlesAmong(next)).toEqual([]);
  });
});

describe('modules', () => {
  test('share tables, models, errors, events, policies and presenters', () => {
    const isUnshared = (source: Source, target: string) => {
      const role = /\.([a-z]+)\.ts$/.exec(target)?.[1] ?? '';
      const other = moduleOf(target);
      return other !== undefined && other !== source.module && ![...SHARED, 'repository'].includes(role);
    };
    expect(edges('imports', isUnshared, inModules())).toEqual([]);
  });

  test('read in each other’s tables by the other’s repository, and write there only where it is said why', () => {
    const writes = inModules()
      .flatMap(repositoryUses)
      .filter(({ name }) => !READING.test(name));
    const byKey: Record<string, string[]> = {};
    for (const { key, name } of writes) byKey[key] = [...(byKey[key] ?? []), name].sort((a, b) => (a < b ? -1 : 1));
    expect(byKey).toEqual(FOREIGN_WRITES);
  });

  test('hand services on: none is imported but to be put together', () => {
    const isForeign = (source: Source, target: string) =>
      /\.service\.ts$/.test(target) && !(source.role === 'module' && moduleOf(target) === source.module);
    expect(edges('imports', isForeign, inModules())).toEqual([]);
  });

  test('are entered by routes, sockets, listeners and jobs, which nothing else imports', () => {
    const isEntrance = ({ layer, role, module }: Source, target: string) =>
      isIn('modules', /\.(routes|socket|jobs|realtime)\.ts$/, target) &&
      layer !== 'app' &&
      !(role === 'module' && moduleOf(target) === module);
    expect(edges('imports', isEntrance)).toEqual([]);
  });

  test('keep their tables free of rules, and their rules free of tables and transports', () => {
    const allowed: Record<string, RegExp> = {
      tables: /^(db\/columns\.ts|drizzle-orm|.*\.tables\.ts)$/,
      errors: /^core\/errors\.ts$/,
      events: /^$/,
      model: /^(@sinclair\/typebox|elysia|wire\/.*|.*\.model\.ts)$/,
      policy: /^(core\/.*|.*\.policy\.ts)$/,
      presenter: /^(core\/.*|.*\.presenter\.ts)$/,
      repository: /^(core\/.*|db\/(queries|columns|search)\.ts|drizzle-orm(\/sql)?|.*\.tables\.ts|.*\.repository\.ts)$/,
    };
    const isForeign = ({ role = '' }: Source, target: string) =>
      allowed[role] !== undefined && !allowed[role].test(target);
    expect(edges('imports', isForeign, inModules())).toEqual([]);
  });

  test('reach the database by repositories and units', () => {
    const isRaw = ({ role = '' }: Source, target: string) =>
      /^(bun:sqlite|drizzle-orm)/.test(target) && !['repository', 'tables'].includes(role);
    // What is one query over one table has no repository of its own.
    expect(edges('imports', isRaw, inModules())).toEqual([
      'modules/instance/monitoring/monitoring.service.ts > drizzle-orm',
      'modules/people/public-key/public-key.service.ts > drizzle-orm',
    ]);
    expect(linesWith(inModules(), /\.(get|all|run)\(\s*\)|\.transaction\(/)).toEqual([]);
  });
});

describe('SQLite', () => {
  test('is named by its own folder, and by the two files that describe tables and queries', () => {
    const isVendors = ({ layer, path }: Source, target: string) =>
      /^(bun:sqlite|drizzle-orm\/(?!sql$))/.test(target) && !path.startsWith('db/sqlite/') && layer !== 'cli';
    expect(edges('typeImports', isVendors)).toEqual([
      'db/columns.ts > drizzle-orm/sqlite-core',
      'db/migrate.ts > bun:sqlite',
      'db/queries.ts > drizzle-orm/sqlite-core',
    ]);
  });

  test('stays unknown to modules', () => {
    expect(edges('typeImports', (_, target) => target.startsWith('db/sqlite/'), inModules())).toEqual([]);
  });
});

describe('rights over people', () => {
  test('are made where they are checked, and nowhere by a cast', () => {
    const casts = sources.filter(({ text }) => /\bas (?:unknown as )?(?:Outranks|Current)\b/.test(text));
    expect(casts.map(({ path }) => path)).toEqual(['modules/people/users/rights.service.ts']);
  });
});

describe('the client library', () => {
  test('knows of the server what goes over the wire, and that as types alone', () => {
    const isNoModel = ({ layer }: Source, target: string) =>
      layer === 'client' && /^(wire|http|modules)\//.test(target) && !/(^wire\/models|\.model)\.ts$/.test(target);
    expect(edges('typeImports', isNoModel)).toEqual([]);
  });

  test('needs nothing that a browser has not', () => {
    const library = new Set(['client/index.ts']);
    // A set that grows while it is walked: everything that the index reaches.
    for (const path of library) {
      const { imports = [] } = sources.find((source) => source.path === path) ?? {};
      for (const target of imports) if (target.startsWith('client/')) library.add(target);
    }
    expect(library.size).toBeGreaterThan(20);
    const parts = sources.filter(({ path }) => library.has(path));
    const isOther = (_: Source, target: string) => !/^(client\/|@noble\/|socket\.io-client$)/.test(target);
    expect(edges('imports', isOther, parts)).toEqual([]);
    expect(linesWith(parts, /\b(Bun|Buffer|process|require)\b/)).toEqual([]);
  });
});
