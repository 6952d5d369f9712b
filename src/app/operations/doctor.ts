import { Type } from '@sinclair/typebox';
import { VERSION } from '../../core/version.ts';
import { type Operation, operation } from './operation.ts';

/** What a running server reports about itself. */
export type ServerState = {
  version: string;
  pid: number;
  /** The first peer whose `X-Forwarded-For` was ignored. */
  untrusted_proxy: string | null;
};

export const doctorOperations: readonly Operation[] = [
  operation({
    name: 'server.state',
    args: Type.Object({}),
    async run({ clientIps }): Promise<ServerState> {
      return { version: VERSION, pid: process.pid, untrusted_proxy: clientIps.ignored() ?? null };
    },
  }),
];
