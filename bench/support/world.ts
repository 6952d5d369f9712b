import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Portal } from '../../src/app/create-portal.ts';
import { openPortal } from '../../src/app/open-portal.ts';
import { createChatKey, createKeyPair, encodeBase64, type KeyPair, sealKeyBlob } from '../../src/client/index.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { CONSOLE, Level, type UserPrincipal } from '../../src/core/principal.ts';
import { takeDataDir } from '../../src/db/sqlite/data-dir.ts';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import { addMember } from '../../src/modules/chats/chats/members.repository.ts';
import { saveBlob } from '../../src/modules/chats/keys/keys.repository.ts';
import { Tier } from '../../src/modules/people/users/users.policy.ts';
import { atExit } from './at-exit.ts';
import { root } from './server-process.ts';

/** A person with an open session and a registered key. `secretKey` is base64. */
export type Person = { username: string; token: string; sessionId: string; publicKey: string; secretKey: string };
/** A chat in its first epoch, whose key (base64) every member holds. */
export type PreparedChat = { chatId: number; name: string; epoch: number; chatKey: string; members: Person[] };

type Member = Person & { principal: UserPrincipal; keys: KeyPair };

/**
 * Runs the work with a folder that is deleted afterwards. It is on the disk of the sources: the system's temporary folder may be
 * in memory.
 */
export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist/bench-'));
  const remove = atExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    return await work(folder);
  } finally {
    remove();
  }
}

/**
 * Fills a data directory before a server runs on it: private chats, each owned by its first member. It uses the program's own
 * services and the client library's sealing, as if everyone had met and exchanged keys.
 */
export function prepareChats(dataDir: string, sizes: readonly number[]): Promise<PreparedChat[]> {
  return withPortal(dataDir, async (portal) => {
    const chats: PreparedChat[] = [];
    for (const [index, size] of sizes.entries()) chats.push(await prepareChat(portal, `bench_${index}`, size));
    return chats;
  });
}

/** Adds people who are in no chat yet. */
export function preparePeople(dataDir: string, count: number): Promise<Person[]> {
  return withPortal(dataDir, async (portal) => {
    const people: Person[] = [];
    for (let index = 0; index < count; index++) people.push(personOf(await signIn(portal, `newcomer_${index}`)));
    return people;
  });
}

/** Opens sessions of strangers, each from an address of its own. Gives their tokens. */
export function prepareStrangers(dataDir: string, count: number): Promise<string[]> {
  return withPortal(dataDir, async ({ modules }) => {
    const tokens: string[] = [];
    for (let index = 0; index < count; index++) {
      const ip = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
      tokens.push((await modules.strangers.arrive({ ip, userAgent: 'bench' })).token);
    }
    return tokens;
  });
}

/** Closes the history of all chats: newcomers cannot read what was said before. */
export function closeHistory(dataDir: string): Promise<void> {
  return withPortal(dataDir, async ({ database }) => {
    await database.units.run('close history', ({ db }) => db.update(chats).set({ historyVisible: false }).returning());
  });
}

/** Makes all chats public: anyone may enter. */
export function openChats(dataDir: string): Promise<void> {
  return withPortal(dataDir, async ({ database }) => {
    await database.units.run('open chats', ({ db }) => db.update(chats).set({ visibility: 'public' }).returning());
  });
}

async function withPortal<Result>(dataDir: string, work: (portal: Portal) => Promise<Result>): Promise<Result> {
  const dir = takeDataDir(dataDir);
  if (!dir) throw new Error(`somebody runs on ${dataDir}`);
  const { config } = loadConfig({ PORTAL_DATA_DIR: dataDir });
  const portal = await openPortal(config, dir, silentLogger);
  try {
    return await work(portal);
  } finally {
    await portal.close();
  }
}

/** Runs the work on a copy of a prepared data directory. */
export function withCopy<Result>(prepared: string, work: (dataDir: string) => Promise<Result>): Promise<Result> {
  return withFolder((folder) => {
    cpSync(prepared, folder, { recursive: true });
    return work(folder);
  });
}

async function prepareChat(portal: Portal, name: string, size: number): Promise<PreparedChat> {
  const members: Member[] = [];
  for (let index = 0; index < size; index++) members.push(await signIn(portal, `${name}_${index}`));
  const [owner] = members;
  if (!owner) throw new Error('a chat without members');
  const { id: chatId } = await portal.modules.chats.create(owner.principal, { name });
  const chatKey = createChatKey();
  const epoch = 1;
  await portal.database.units.run('fill chat', async ({ db }) => {
    for (const { principal, sessionId, keys } of members) {
      if (principal !== owner.principal) await addMember(db, chatId, principal.userId, Date.now());
      await saveBlob(db, {
        chatId,
        epoch,
        sessionId,
        userId: principal.userId,
        blob: sealKeyBlob(chatKey, keys.publicKey, owner.keys),
        senderSessionId: owner.sessionId,
        senderPublicKey: owner.keys.publicKey,
        createdAt: Date.now(),
      });
    }
  });
  return { chatId, name, epoch, chatKey: encodeBase64(chatKey), members: members.map(personOf) };
}

function personOf({ principal: _, keys: __, ...person }: Member): Person {
  return person;
}

async function signIn({ modules, database }: Portal, username: string): Promise<Member> {
  const { registration, sessions, e2ee } = modules;
  const { token, sessionId } = await database.units.run('sign in', async (unit) => {
    const row = await registration.create(unit, { username, level: Level.User, tier: Tier.Lifetime, actor: CONSOLE });
    return sessions.open(unit.db, row, { ip: '127.0.0.1', userAgent: 'bench' });
  });
  const principal = (await sessions.require(token)) as UserPrincipal;
  const keys = createKeyPair();
  await e2ee.registerKey(principal, { publicKey: keys.publicKey, signingKey: null });
  return {
    username,
    token,
    sessionId,
    publicKey: keys.publicKey,
    secretKey: encodeBase64(keys.secretKey),
    principal,
    keys,
  };
}
