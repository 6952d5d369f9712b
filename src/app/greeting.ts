import { hostToOpen } from './addresses.ts';
import { claimLinks } from './claim-links.ts';
import type { Portal } from './create-portal.ts';
import type { Listening } from './listen.ts';

/** How to become the Owner; undefined once there is one. */
export async function greeting(
  { modules, config }: Pick<Portal, 'modules' | 'config'>,
  running: Pick<Listening, 'url' | 'port'>,
): Promise<string | undefined> {
  if (await modules.auth.hasOwner()) return undefined;
  const { url, others } = claimLinks(modules.claim.token, config.server, running);
  return (
    `\nPortal runs at ${running.url}\n\n` +
    `This instance has no Owner yet. To become its Owner, open this link within 30 minutes (portal claim-link prints it again):\n\n  ${url}\n\n` +
    (config.server.publicUrl ? '' : fromElsewhere(config.server.host, running.port, others)) +
    `API clients need this public key (portal public-key prints it again):\n\n  ${modules.publicKey.current()}\n\n` +
    `API docs: ${running.url}/docs\n`
  );
}

/** For a machine without a browser. */
function fromElsewhere(host: string, port: number, others: readonly string[]): string {
  if (others.length > 0)
    return `From another machine:\n\n${others.map((one) => `  ${one}\n`).join('')}\nSet PORTAL_PUBLIC_URL to the address that people use.\n\n`;
  return (
    'Portal listens on this machine only. To open the link on another one, forward the port first:\n\n' +
    `  ssh -L ${port}:${hostToOpen(host)}:${port} <this machine>\n\n` +
    'To let others in, use a proxy with HTTPS and PORTAL_PUBLIC_URL, or --host 0.0.0.0 in a trusted network.\n\n'
  );
}
