import { type Static, Type } from '@sinclair/typebox';
import { Id } from '../../http/models.ts';

export const Reason = Type.String({ maxLength: 500 });

export const KickBody = Type.Object({ user_id: Id('Whom'), reason: Type.Optional(Reason) });
export type KickBody = Static<typeof KickBody>;
