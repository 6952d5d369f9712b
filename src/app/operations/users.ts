import { Type } from '@sinclair/typebox';
import { conflict } from '../../core/errors.ts';
import { CONSOLE, LEVEL_NAMES, type Level } from '../../core/principal.ts';
import { Username } from '../../modules/people/users/users.model.ts';
import type { Portal } from '../create-portal.ts';
import { idOf, type Operation, operation } from './operation.ts';

const Whom = Type.String({ minLength: 1, maxLength: 64 });
const LevelName = Type.Union(LEVEL_NAMES.map((name) => Type.Literal(name)));

/** Promotes or demotes: the new level must be above, or below, the present one. */
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
    async run(portal, { username, to }) {
      const { users } = portal.modules;
      const renamed = await users.update(CONSOLE, await idOf(portal, username), { username: to });
      return users.present(portal.database.read, renamed);
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
    async run(portal, { username }) {
      const { accountDeletion } = portal.modules;
      const id = await idOf(portal, username);
      const deleted = await accountDeletion.delete(CONSOLE, id);
      // There may be no server whose job would do it.
      await accountDeletion.clearDeleted();
      return { id, username: deleted.username, message: `User ${id} deleted` };
    },
  }),
];
