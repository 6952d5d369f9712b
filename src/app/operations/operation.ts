import type { Static, TSchema } from '@sinclair/typebox';
import { validator } from '../../wire/validator.ts';
import type { Portal } from '../create-portal.ts';
import type { Listening } from '../listen.ts';

/** Where the running server listens; undefined for a command without one. */
export type Running = Pick<Listening, 'url' | 'port'> | undefined;

/** A command of the operator, performed by the running server or, without one, on the data directory. */
export type Operation<A extends TSchema = TSchema> = {
  name: string;
  args: A;
  run(portal: Portal, args: Static<A>, running?: Running): Promise<unknown>;
};

/** Types the arguments by their schema and checks them: they may arrive over the control socket. */
export function operation<A extends TSchema>({ name, args, run }: Operation<A>): Operation {
  const check = validator(args);
  return { name, args, run: (portal, given, running) => run(portal, check(given), running) };
}

/** The id of an account by its name. Throws if there is none. */
export async function idOf({ modules: { users }, database: { read } }: Portal, username: string): Promise<number> {
  return (await users.requireByName(read, username)).id;
}
