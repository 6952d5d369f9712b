import { badRequest } from '../../../core/errors.ts';
import { Level, type Principal } from '../../../core/principal.ts';
import { NAME, VERSION } from '../../../core/version.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import type { Auth } from '../../people/auth/auth.service.ts';
import type { Rights } from '../../people/users/rights.service.ts';
import type { About, UpdateInstanceBody } from './about.model.ts';
import * as repository from './about.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  config: { match: { strangers: boolean } };
  auth: Pick<Auth, 'hasOwner'>;
  rights: Pick<Rights, 'requireLevel'>;
  audit: Pick<Audit, 'record'>;
};

const UNTOLD: repository.Words = { name: NAME, welcome: '' };

export type AboutInstance = ReturnType<typeof createAbout>;

/** What the instance says of itself to people who come to it. */
export function createAbout({ read, units, config, auth, rights, audit }: Deps) {
  async function about(who: Principal): Promise<About> {
    const { name, welcome } = { ...UNTOLD, ...(await repository.findWords(read)) };
    return {
      name,
      welcome,
      claimed: await auth.hasOwner(),
      version: VERSION,
      strangers: config.match.strangers,
      registration: 'open',
      signed_in: who.kind === 'user' || who.kind === 'stranger' ? who.kind : null,
    };
  }

  return {
    about,

    /** Changes the name or the welcome. A value that is there already changes nothing. Takes an Owner. */
    async update(principal: Principal, { name, welcome }: UpdateInstanceBody): Promise<About> {
      if (name === undefined && welcome === undefined) throw badRequest.saying('Give name, welcome or both')();
      await units.run('update instance', async ({ db }) => {
        const actor = await rights.requireLevel(db, principal, Level.Owner);
        const before = { ...UNTOLD, ...(await repository.findWords(db)) };
        const wanted = { name: name?.trim(), welcome: welcome?.trim() };
        const metadata: Record<string, [string, string]> = {};
        for (const word of ['name', 'welcome'] as const) {
          const value = wanted[word];
          if (value === undefined || value === before[word]) continue;
          await repository.saveWord(db, word, value);
          metadata[word] = [before[word], value];
        }
        if (Object.keys(metadata).length > 0)
          await audit.record(db, { event: 'INSTANCE_UPDATE', entity: ['system', null], actor, metadata });
      });
      return about(principal);
    },
  };
}
