import { type Static, Type } from '@sinclair/typebox';
import { Id, Paragraph } from '../../http/models.ts';

export const Reason = Paragraph({ maxLength: 500 });

export const KickBody = Type.Object({ user_id: Id('Whom'), reason: Type.Optional(Reason) });
export type KickBody = Static<typeof KickBody>;
