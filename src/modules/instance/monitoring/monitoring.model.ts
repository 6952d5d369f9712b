import { type Static, Type } from '@sinclair/typebox';
import { Nullable, Time } from '../../../wire/models.ts';

export const InstanceInfo = Type.Object(
  { name: Type.String(), version: Type.String(), docs: Type.String(), openapi: Type.String(), started_at: Time() },
  { title: 'InstanceInfo' },
);

const Count = Nullable(Type.Integer());
const Figure = Nullable(Type.Number());

const healthFields = {
  status: Type.Union([Type.Literal('healthy'), Type.Literal('degraded'), Type.Literal('unhealthy')]),
  database: Type.Boolean(),
  cache: Type.Boolean(),
  started_at: Time(),
  db_statistics: Type.Object({
    size: Type.Integer({ description: 'Connections of the pool.' }),
    size_bytes: Type.Integer({ description: 'The database file.' }),
    checked_in: Type.Integer({ description: 'Idle connections.' }),
    checked_out: Type.Integer({ description: 'Busy connections.' }),
    overflow: Type.Integer({ description: 'Units of work waiting for a connection.' }),
    total: Type.Integer({ description: 'Connections, idle and busy.' }),
    latency_ms: Figure,
  }),
  cache_statistics: Type.Object({
    memory_usage_bytes: Count,
    total_keys: Count,
    connected_clients: Count,
    uptime_seconds: Count,
    evicted_keys: Count,
    hit_rate: Figure,
    total_commands_processed: Count,
    latency_ms: Figure,
  }),
  errors: Type.Array(Type.String()),
};

export const Health = Type.Object(healthFields, {
  title: 'Health',
  description: 'The health of the instance. Figures without meaning for the embedded defaults are null.',
});
export type Health = Static<typeof Health>;

export const AdminHealth = Type.Object(
  {
    ...healthFields,
    source_hash: Type.String({ description: 'SHA-256 over the sources of the server.' }),
    live: Type.Object({
      sockets: Type.Integer({ description: 'Authenticated sockets.' }),
      online: Type.Integer({ description: 'People who are connected, with an account or without.' }),
      rooms_running: Type.Integer({ description: 'Chats whose browser is running.' }),
      messages_1m: Type.Integer({ description: 'Messages within the last 60 seconds, system messages included.' }),
      errors_1m: Type.Integer({ description: 'Answers with a status of 500 or above, within the last 60 seconds.' }),
      latency_p95_ms: Nullable(
        Type.Number({
          description:
            '95 of 100 answers of the last 60 seconds took no longer; up to a fifth too high. Null without any.',
        }),
      ),
    }),
  },
  {
    title: 'AdminHealth',
    description: 'The health of the instance, with the hash of its sources and what is going on.',
  },
);
export type AdminHealth = Static<typeof AdminHealth>;
