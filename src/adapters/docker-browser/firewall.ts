import type { Reached } from './fence-proof.ts';

const PRIVATE = '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,100.64.0.0/10';

/**
 * The lines that a host needs so that containers behind this bridge reach the Internet alone: all of them, or those for what was
 * reached. Each is put before all others, so the last one counts first.
 */
export function firewallLines(bridge: string, reached?: ReadonlySet<Reached>): string[] {
  const isMeant = (what: Reached) => reached === undefined || reached.has(what);
  const lines: string[] = [];
  if (isMeant('network') || isMeant('room')) {
    lines.push(
      `iptables -I DOCKER-USER -i ${bridge} -d ${PRIVATE} -j DROP`,
      `iptables -I DOCKER-USER -i ${bridge} -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN`,
    );
  }
  if (isMeant('room')) lines.push('modprobe br_netfilter', `iptables -I DOCKER-USER -i ${bridge} -o ${bridge} -j DROP`);
  if (isMeant('host')) {
    lines.push(
      `iptables -I INPUT -i ${bridge} -m addrtype --dst-type LOCAL -j DROP`,
      `iptables -I INPUT -i ${bridge} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    );
  }
  return lines;
}
