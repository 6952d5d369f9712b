import { type Command, InvalidArgumentError } from 'commander';
import type { NamedEntry } from '../../app/operations/audit.ts';
import { AUDIT_ENTITIES, AUDIT_EVENTS } from '../../modules/people/audit/audit.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { ago, duration } from '../duration.ts';
import { table } from '../output.ts';
import { type CommonOptions, choice, flagsOf, instanceCommand, show, wholeNumber } from './shared.ts';

type Options = CommonOptions & {
  event?: string;
  entity?: string;
  entityId?: string;
  actor?: string;
  since?: number;
  limit: number;
};

export function addAuditCommand(program: Command, cli: Cli): void {
  instanceCommand(program, 'audit', 'print the audit log, newest first', 'portal audit --event USER_BAN --since 24h')
    .option('--event <name>', 'only this kind of change, such as USER_BAN', eventName)
    .addOption(choice('--entity <kind>', 'only changes of users, chats, bots, …', AUDIT_ENTITIES))
    .option('--entity-id <id>', 'only changes of the one with this id')
    .option('--actor <username>', 'only what this user did')
    .option('--since <time>', 'only what was done in the last 45s, 30m, 24h or 7d', duration)
    .option('--limit <number>', 'the maximum number of entries', wholeNumber(1, 1000), 50)
    .action(async ({ event, entity, entityId, actor, since, limit, ...options }: Options) => {
      const given = {
        event,
        entity,
        entity_id: entityId,
        actor,
        since: since === undefined ? since : ago(since),
        limit,
      };
      const args = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      show(cli, options, await onInstance<NamedEntry[]>(cli, flagsOf(options), 'audit.list', args), listText);
    });
}

function eventName(value: string): string {
  const name = value.toUpperCase();
  if ((AUDIT_EVENTS as readonly string[]).includes(name)) return name;
  throw new InvalidArgumentError(`Use one of ${AUDIT_EVENTS.join(', ')}.`);
}

function listText(entries: NamedEntry[]): string {
  if (entries.length === 0) return 'There are no entries.';
  const rows = entries.map((one) => [
    one.created_at,
    one.event_type,
    one.entity_id === null ? one.entity_type : `${one.entity_type} ${one.entity_id}`,
    one.actor ?? one.actor_id ?? one.event_metadata.actor,
    detailsOf(one),
  ]);
  return table(['WHEN', 'WHAT', 'OF', 'BY', 'DETAILS'], rows);
}

/** Shown as JSON, so that no user's text can send control characters to the terminal. */
function detailsOf({ event_metadata: { actor: _, ...metadata } }: NamedEntry): string {
  const parts = Object.entries(metadata).filter(([, value]) => value !== null);
  return parts.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');
}
