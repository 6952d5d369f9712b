import type { StoredPeople } from './acquaintances.ts';

/** A keyring as plain JSON, keys in base64. Anyone who can read it can read the chats. */
export type StoredKeys = {
  secret_key: string;
  /** Chat id → epoch → chat keys, the newest first. */
  chats: Record<string, Record<string, string[]>>;
  /** Which of them are direct chats; missing if none is. */
  direct?: number[];
  /** Chat id → chat keys that open messages and seal none; missing if there are none. */
  retired?: Record<string, string[]>;
  /** By user id, or chat id and participant; missing if nobody is known. */
  people?: StoredPeople;
  /** The server did not know the session any more. */
  doubted?: boolean;
};

/** Keeps the keys across reloads. It must belong to one session, and is emptied (`null`) when that ends. */
export type KeyStorage = {
  load(): Promise<StoredKeys | null> | StoredKeys | null;
  save(keys: StoredKeys | null): Promise<void> | void;
  /**
   * Does this work while no other tab or program does its own on the same storage. Without it, tabs take turns by
   * `navigator.locks`, and clients with one storage object in any case.
   */
  lock?<Result>(work: () => Promise<Result>): Promise<Result>;
};

/** Everything of a keyring as lists, each by its place. */
type Lists = Map<string, readonly string[]>;

/**
 * What there is after `mine` and `theirs` were both changed from `base`: what either added stays, and what either removed is gone.
 */
export function merge(base: StoredKeys, mine: StoredKeys, theirs: StoredKeys): StoredKeys {
  const [before, own, other] = [listsOf(base), listsOf(mine), listsOf(theirs)];
  const lists: Lists = new Map();
  for (const place of new Set([...own.keys(), ...other.keys()])) {
    const [known = [], here = [], there = []] = [before, own, other].map((all) => all.get(place));
    const kept = there.filter((one) => here.includes(one) || !known.includes(one));
    const added = here.filter((one) => !known.includes(one));
    // Of chat keys the first seals.
    const isNewestFirst = place.startsWith('chats ');
    const first = isNewestFirst && here[0] !== known[0] ? here.slice(0, 1) : [];
    lists.set(place, [...new Set(isNewestFirst ? [...first, ...added, ...kept] : [...kept, ...added])]);
  }
  return storedOf(mine.secret_key, lists);
}

export function isSame(one: StoredKeys, other: StoredKeys): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(stored: StoredKeys): [string, readonly string[]][] {
  return [...listsOf(stored)].sort(([a], [b]) => (a < b ? -1 : 1));
}

function listsOf({ chats, direct = [], retired = {}, people = {}, doubted }: StoredKeys): Lists {
  const lists: Lists = new Map();
  const add = (list: readonly string[], ...place: string[]) => {
    if (list.length > 0) lists.set(place.join(' '), list);
  };
  for (const [chat, epochs] of Object.entries(chats))
    for (const [epoch, keys] of Object.entries(epochs)) add(keys, 'chats', chat, epoch);
  for (const [chat, keys] of Object.entries(retired)) add(keys, 'retired', chat);
  for (const [id, { seen, confirmed }] of Object.entries(people)) {
    add(seen, 'seen', id);
    add(confirmed, 'confirmed', id);
  }
  add(direct.map(String), 'direct');
  if (doubted) add(['yes'], 'doubted');
  return lists;
}

function storedOf(secretKey: string, lists: Lists): StoredKeys {
  const stored: StoredKeys = { secret_key: secretKey, chats: {} };
  const people: Record<string, { seen: readonly string[]; confirmed: readonly string[] }> = {};
  for (const [path, list] of lists) {
    const [kind, id = '', epoch = ''] = path.split(' ');
    if (list.length === 0) continue;
    if (kind === 'chats') stored.chats[id] = { ...stored.chats[id], [epoch]: [...list] };
    if (kind === 'retired') stored.retired = { ...stored.retired, [id]: [...list] };
    if (kind === 'seen' || kind === 'confirmed') people[id] = { seen: [], confirmed: [], ...people[id], [kind]: list };
    if (kind === 'direct') stored.direct = list.map(Number);
    if (kind === 'doubted') stored.doubted = true;
  }
  if (Object.keys(people).length > 0) stored.people = people;
  return stored;
}
