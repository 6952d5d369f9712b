import { Type } from '@sinclair/typebox';
import { CONSOLE } from '../../core/principal.ts';
import { AUDIT_ENTITIES, AUDIT_EVENTS, type AuditEntry } from '../../modules/people/audit/audit.model.ts';
import { findUser } from '../../modules/people/users/users.repository.ts';
import { idOf, type Operation, operation } from './operation.ts';

/** An entry with the actor's name, unless the account is gone. */
export type NamedEntry = AuditEntry & { actor: string | null };

export const auditOperations: readonly Operation[] = [
  operation({
    name: 'audit.list',
    args: Type.Object({
      event: Type.Optional(Type.Union(AUDIT_EVENTS.map((name) => Type.Literal(name)))),
      entity: Type.Optional(Type.Union(AUDIT_ENTITIES.map((name) => Type.Literal(name)))),
      entity_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
      actor: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      since: Type.Optional(Type.String({ format: 'date-time' })),
      limit: Type.Integer({ minimum: 1, maximum: 1000 }),
    }),
    async run(portal, { event, entity, entity_id, actor, since, limit }) {
      const { read } = portal.database;
      const { items } = await portal.modules.audit.list(CONSOLE, {
        ...(event === undefined ? {} : { event_type: event }),
        ...(entity === undefined ? {} : { entity_type: entity }),
        ...(entity_id === undefined ? {} : { entity_id }),
        ...(actor === undefined ? {} : { actor_id: await idOf(portal, actor) }),
        ...(since === undefined ? {} : { since }),
        offset: 0,
        limit,
      });
      const named = async (entry: AuditEntry): Promise<NamedEntry> => {
        const row = entry.actor_id === null ? undefined : await findUser(read, entry.actor_id);
        return { ...entry, actor: row?.username ?? null };
      };
      return Promise.all(items.map(named));
    },
  }),
];
