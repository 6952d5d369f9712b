import type { PersonId } from '../../../core/principal.ts';

export type ReportsEvent = {
  name: 'report.made';
  reporter: PersonId;
  reported: PersonId;
  /** Whether the reported person may not search until a moderator has decided. */
  isOnHold: boolean;
};
