import type { Static, TSchema } from '@sinclair/typebox';
import { validator } from '../../wire/validator.ts';
import type { Portal } from '../create-portal.ts';

/** Something that the operator can do to an instance: in the running server if there is one, else on its data. */
export type Operation<A extends TSchema = TSchema> = {
  name: string;
  args: A;
  run(portal: Portal, args: Static<A>): Promise<unknown>;
};

/** Lets the type of the arguments follow from their schema, and checks them: they may come over the control socket. */
export function operation<A extends TSchema>({ name, args, run }: Operation<A>): Operation {
  const check = validator(args);
  return { name, args, run: (portal, given) => run(portal, check(given)) };
}

/** The id of the account of this name. Throws when there is none. */
export async function idOf({ modules: { users }, database: { read } }: Portal, username: string): Promise<number> {
  return (await users.requireByName(read, username)).id;
}
