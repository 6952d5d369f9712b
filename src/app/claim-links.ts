import type { Config } from '../config/settings.ts';
import { hostsForOthers } from './addresses.ts';
import type { Listening } from './listen.ts';

/** The claim link, and the same one as other machines reach a server without a public URL. */
export type ClaimLinks = { url: string; others: string[] };

/** Where to become the first Owner of a running server. */
export function claimLinks(
  token: string,
  { publicUrl, host }: Pick<Config['server'], 'publicUrl' | 'host'>,
  { url, port }: Pick<Listening, 'url' | 'port'>,
): ClaimLinks {
  const claim = `/claim#${token}`;
  const hosts = publicUrl === undefined ? hostsForOthers(host) : [];
  return { url: `${url}${claim}`, others: hosts.map((one) => `http://${one}:${port}${claim}`) };
}
