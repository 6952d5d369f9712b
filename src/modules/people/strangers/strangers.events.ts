import type { PersonId } from '../../../core/principal.ts';

/** A moderator blocked a stranger: their search and their talks end. */
export type StrangersEvent = { name: 'stranger.blocked'; sessionId: string; person: PersonId };
