import { Type } from '@sinclair/typebox';
import { conflict } from '../../core/errors.ts';
import { CONSOLE, LEVEL_NAMES, type Level } from '../../core/principal.ts';
import { Username } from '../../modules/people/users/users.model.ts';
import type { Portal } from '../create-portal.ts';
import { type Operation, operation } from './operation.ts';

const Whom = Type.String({ minLength: 1, maxLength: 64 });
const LevelName = Type.Union(LEVEL_NAMES.map((name) => Type.Literal(name)));

/** Brings a user to a level that is above, or below, the one they have. */
async function setLevel(
  { modules, database }: Portal,
  username: string,
  to: string,
  isAbove: boolean,
): Promise<unknown> {
  const { users, accountLevels } = modules;
  const { id, permissionLevel } = await users.requireByName(database.read, username);
  const level = LEVEL_NAMES.indexOf(to as (typeof LEVEL_NAMES)[number]) as Level;
  const fits = isAbove ? level > permissionLevel : level < permissionLevel;
  if (!fits) {
    const present = LEVEL_NAMES[permissionLevel];
    throw conflict.saying(`${username} has the level ${present}, which is not ${isAbove ? 'below' : 'above'} ${to}`)();
  }
  return users.present(database.read, await accountLevels.set(CONSOLE, id, level));
}

export const userOperations: readonly Operation[] = [
  operation({
    name: 'user.rename',
    args: Type.Object({ username: Whom, to: Username }),
    async run({ modules: { users }, database: { read } }, { username, to }) {
      const { id } = await users.requireByName(read, username);
      return users.present(read, await users.update(CONSOLE, id, { username: to }));
    },
  }),
  operation({
    name: 'user.promote',
    args: Type.Object({ username: Whom, to: LevelName }),
    run: (portal, { username, to }) => setLevel(portal, username, to, true),
  }),
  operation({
    name: 'user.demote',
    args: Type.Object({ username: Whom, to: LevelName }),
    run: (portal, { username, to }) => setLevel(portal, username, to, false),
  }),
  operation({
    name: 'user.delete',
    args: Type.Object({ username: Whom }),
    async run({ modules: { users, accountDeletion }, database: { read } }, { username }) {
      const { id } = await users.requireByName(read, username);
      const deleted = await accountDeletion.delete(CONSOLE, id);
      // There may be no server, whose job would do it.
      await accountDeletion.clearDeleted();
      return { id, username: deleted.username, message: `User ${id} deleted` };
    },
  }),
];
