// Kubernetes puts variables for each service of a namespace into every container. Those of a service named "portal", or
// "portal-…", have our prefix: PORTAL_SERVICE_HOST, PORTAL_PORT=tcp://10.0.0.1:7331 and so on. Docker links do the same.

const NAMES: readonly [name: RegExp, value: RegExp][] = [
  [/^PORTAL_(\w+_)?SERVICE_HOST$/, /^([\d.]+|[\da-f:]+)$/i],
  [/^PORTAL_(\w+_)?SERVICE_PORT(_\w+)?$/, /^\d+$/],
  [/^PORTAL_(\w+_)?PORT$/, /^(tcp|udp|sctp):\/\//],
  [/^PORTAL_(\w+_)?PORT_\d+_(TCP|UDP|SCTP)$/, /^(tcp|udp|sctp):\/\//],
  [/^PORTAL_(\w+_)?PORT_\d+_(TCP|UDP|SCTP)_PROTO$/, /^(tcp|udp|sctp)$/],
  [/^PORTAL_(\w+_)?PORT_\d+_(TCP|UDP|SCTP)_PORT(_\w+)?$/, /^\d+$/],
  [/^PORTAL_(\w+_)?PORT_\d+_(TCP|UDP|SCTP)_ADDR$/, /^([\d.]+|[\da-f:]+)$/i],
];

/** The environment without the variables that Kubernetes and Docker set for services. */
export function withoutServiceLinks(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const isLink = (name: string, value: string) =>
    name.startsWith('PORTAL_') && NAMES.some(([names, values]) => names.test(name) && values.test(value));
  return Object.fromEntries(Object.entries(environment).filter(([name, value]) => !isLink(name, value ?? '')));
}
