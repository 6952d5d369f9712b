/** Something that a person received, and the chat that it concerns as a whole, if any. */
export type Received = { as: string; chatId: number | undefined; value: unknown };

export type Leaf = { as: string; path: string; chatId: number | undefined; value: string | number | boolean | null };

/** Every value, with its path; JSON inside of texts is looked through, too. What stands beside a `chat_id` concerns that chat. */
export function leavesOf(received: readonly Received[]): Leaf[] {
  return received.flatMap(({ as, chatId, value }) => walk(value, '', chatId, as));
}

function walk(value: unknown, path: string, chatId: number | undefined, as: string): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((one) => walk(one, `${path}[]`, chatId, as));
  if (typeof value === 'object' && value !== null) {
    const named = value as Record<string, unknown>;
    const id = named.chat_id ?? ('chat_type' in named ? named.id : undefined);
    const inner = typeof id === 'number' ? id : chatId;
    return Object.entries(named).flatMap(([name, one]) => walk(one, path ? `${path}.${name}` : name, inner, as));
  }
  const leaf = { as, path, chatId, value: value as Leaf['value'] };
  const inside = typeof value === 'string' && /^[[{]/.test(value) ? parsed(value) : undefined;
  return inside === undefined ? [leaf] : [leaf, ...walk(inside, `${path}{}`, chatId, as)];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** By what a value could be recognised: itself, and the words in it that are no prose. The hour of a time is no word. */
export function marksOf({ value }: Pick<Leaf, 'value'>): string[] {
  if (typeof value !== 'string' || IS_TIME.test(value)) return [String(value)];
  const words = value.split(/[^\w+/=-]+/).filter((word) => word.length >= 12);
  const numbers = value.match(/(?<!\w)\d{5,12}(?!\w)/g) ?? [];
  return [value, ...words, ...numbers].filter((mark) => mark !== '');
}

/** Why a value may be in two places. */
export type Reason = { why: string; holds(leaf: Leaf, mark: string): boolean };

/** What is in this chat and elsewhere, too, without a reason. */
export function inTwoPlaces(leaves: readonly Leaf[], chatId: number, reasons: readonly Reason[]): string[] {
  const elsewhere = new Map<string, Leaf>();
  for (const leaf of leaves) if (leaf.chatId !== chatId) for (const mark of marksOf(leaf)) elsewhere.set(mark, leaf);
  const found = leaves
    .filter((leaf) => leaf.chatId === chatId)
    .flatMap((leaf) =>
      marksOf(leaf).flatMap((mark) => {
        const other = elsewhere.get(mark);
        if (!other || reasons.some(({ holds }) => holds(leaf, mark))) return [];
        return `${mark}: in ${leaf.as} at ${leaf.path}, and in ${other.as} at ${other.path}`;
      }),
    );
  return [...new Set(found)];
}

const IS_TIME =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$|^\d{13}-\d+$|^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/;

/** `common`: what two others received in a story of their own, in which these two are not. */
export function reasons(common: ReadonlySet<string>, interests: readonly string[]): Reason[] {
  return [
    { why: 'anyone receives it', holds: (_, mark) => common.has(mark) },
    { why: 'how much more one may ask', holds: ({ path }) => /^headers\.(x-)?ratelimit-/.test(path) },
    { why: 'aliases differ in length', holds: ({ path }) => path === 'headers.content-length' },
    { why: 'what one searches for oneself', holds: (_, mark) => interests.includes(mark) },
    {
      why: 'when something was said or ends',
      holds: ({ path }, mark) => /(timestamp|id|expires_at|ended|date)$/.test(path) && IS_TIME.test(mark),
    },
  ];
}

/** Flags and figures of a chat: what a person is, if not who. */
export function figuresOf(leaves: readonly Leaf[], chatId: number): string[] {
  const figures = leaves.flatMap(({ as, path, value, chatId: of }) =>
    of !== chatId || typeof value === 'string' || as === 'match:state' || /headers\.|(chat_)?id$|_ms$/.test(path)
      ? []
      : `${as} ${path} = ${value}`,
  );
  return [...new Set(figures)].sort((a, b) => (a < b ? -1 : 1));
}
