import { Type } from '@sinclair/typebox';
import { secretMark } from '../../db/sqlite/backup.ts';
import { type Operation, operation } from './operation.ts';

/** What a backup needs to know about the running server. */
export type ServerSecret = { configured_secret: string | null };

export const backupOperations: readonly Operation[] = [
  operation({
    name: 'backup.secret',
    args: Type.Object({}),
    async run({ config: { server } }): Promise<ServerSecret> {
      return { configured_secret: server.secret === undefined ? null : secretMark(server.secret) };
    },
  }),
];
