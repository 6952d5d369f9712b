import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Nullable, Time } from '../../../wire/models.ts';

const Unknown = 'Null if unknown.';
const text = () => Nullable(Type.String({ description: Unknown }));
const number = () => Nullable(Type.Number({ description: Unknown }));
const flag = () => Nullable(Type.Boolean({ description: Unknown }));

export const Place = Type.Object(
  {
    city: text(),
    region_name: text(),
    country_code: text(),
    lat: number(),
    lon: number(),
    isp: text(),
    org: text(),
    is_mobile: flag(),
    is_proxy: flag(),
    is_hosting: flag(),
  },
  { title: 'Place', description: 'The location of an address, looked up in a local database.' },
);

const where = {
  token_suffix: Type.String({ description: 'The last 6 characters of the session’s token.' }),
  created_at: Time(),
  client_ip: Type.String(),
  user_agent: Nullable(Type.String()),
  geo: Nullable(Place),
};

export const PastSession = Type.Object(where, { title: 'PastSession' });
export type PastSession = Static<typeof PastSession>;

export const Session = Type.Object(
  { ...where, expires_at: Time(), is_current: Type.Boolean({ description: 'Whether this request uses it.' }) },
  { title: 'OpenSession' },
);
export type Session = Static<typeof Session>;

export const OwnSessions = Type.Object(
  {
    sessions: Type.Array(Session, { description: 'Open sessions, newest first.' }),
    history: Type.Array(PastSession, { description: 'The last 50 ended sessions, newest first.' }),
  },
  { title: 'OwnSessions' },
);
export type OwnSessions = Static<typeof OwnSessions>;

export const TokenSuffixParams = t.Object({
  token_suffix: t.String({
    pattern: '^[A-Za-z0-9_-]{6}$',
    says: 'must be the last 6 characters of a session’s token',
    description: 'The last 6 characters of the session’s token.',
  }),
});

export const DestroyedSessions = Type.Object({ destroyed: Type.Integer() }, { title: 'DestroyedSessions' });
export const DestroyedSession = Type.Object({ destroyed: Type.Literal(true) }, { title: 'DestroyedSession' });
