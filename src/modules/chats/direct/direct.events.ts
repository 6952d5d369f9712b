import type { Pair } from '../../../core/pair.ts';
import type { PersonId } from '../../../core/principal.ts';
import type { DirectEnd } from '../chats/direct.tables.ts';
import type { Found } from './direct.model.ts';

/** What one of the two is told, and which session searched. */
export type Beginning = { number: 1 | 2; person: PersonId; sessionId: string; found: Found };

export type DirectEvent =
  | { name: 'direct.began'; chatId: number; pair: Pair; sides: readonly [Beginning, Beginning] }
  /** `by`: the person whose leaving, absence or block ended it; null when its time was up. */
  | { name: 'direct.ended'; chatId: number; reason: DirectEnd; by: PersonId | null; people: readonly PersonId[] }
  /** Nothing of it is left. */
  | { name: 'direct.purged'; chatId: number; people: readonly PersonId[] };
