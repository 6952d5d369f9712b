import type { Queries } from '../../../db/queries.ts';
import { listActivePlatforms } from '../bots/bots.repository.ts';
import type { Ways } from './auth.model.ts';

type Deps = { read: Queries; config: { match: { strangers: boolean } } };

export type WaysIn = ReturnType<typeof createWaysIn>;

/** How people can come in. */
export function createWaysIn({ read, config }: Deps) {
  return {
    async list(): Promise<Ways> {
      const platforms = await listActivePlatforms(read);
      const ways = platforms.map((platform) => {
        const name = platform.charAt(0).toUpperCase() + platform.slice(1).replaceAll('_', ' ');
        return { id: `bot:${platform}`, kind: 'code' as const, platform, name };
      });
      return { registration: 'open', strangers: config.match.strangers, ways };
    },
  };
}
