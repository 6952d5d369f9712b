import { hostToCall } from '../../app/addresses.ts';
import { ControlError, sendCommand } from '../../app/operations/control-client.ts';
import type { ServerState } from '../../app/operations/doctor.ts';
import type { Config } from '../../config/settings.ts';
import { isLoopback } from '../../core/addresses.ts';
import { VERSION } from '../../core/version.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

const PATIENCE_MS = 3000;

type Greeting = { name?: string; started_at?: string };

/** Checks the server of this data directory, its port, and its public address. */
export async function lookAtServer(config: Config): Promise<Finding[]> {
  const { host, port, dataDir, publicUrl } = config.server;
  const answer = await askState(dataDir);
  if (answer instanceof ControlError)
    return [failure('server', answer.message, UNBLOCK), ...proxies(config, undefined)];
  const state = answer?.ok ? (answer.result as ServerState) : undefined;
  const isRunning = answer !== undefined;
  const local = `http://${hostToCall(host)}:${port}`;
  const greeting = port === 0 ? undefined : await greetingOf(local);
  return [
    isRunning ? running(state) : ok('server', 'does not run on this data directory'),
    ...(port === 0 ? [] : [portOf(host, port, local, isRunning, greeting)]),
    ...proxies(config, state),
    ...(isRunning && greeting && publicUrl ? [await publicAddress(publicUrl, greeting)] : []),
  ];
}

const UNBLOCK = 'Resume it (kill -CONT), or kill and restart it (kill -KILL): the data are safe.';

async function askState(dataDir: string) {
  try {
    return await sendCommand(dataDir, { operation: 'server.state', args: {} });
  } catch (error) {
    if (error instanceof ControlError) return error;
    throw error;
  }
}

function running(state: ServerState | undefined): Finding {
  if (!state) return warning('server', 'runs an older version than this program', 'Restart it with this program.');
  const found = `runs, version ${state.version}, process ${state.pid}`;
  if (state.version === VERSION) return ok('server', found);
  return warning('server', `${found}; this program is ${VERSION}`, 'Restart it with this program.');
}

function portOf(
  host: string,
  port: number,
  local: string,
  isRunning: boolean,
  greeting: Greeting | undefined,
): Finding {
  const isPortal = greeting?.name === 'Portal';
  if (isRunning && isPortal) return ok('port', `the server answers at ${local}`);
  if (isRunning) {
    const advice = 'It was started with another --host or --port; set PORTAL_HOST and PORTAL_PORT for both.';
    return warning('port', `the server runs, but does not answer at ${local}`, advice);
  }
  if (isPortal) return failure('port', `another Portal answers at ${local}`, 'Stop it, or choose another port.');
  const problem = listenProblem(host, port);
  if (!problem) return ok('port', `${host}:${port} is free`);
  return failure('port', `cannot listen on ${host}:${port}: ${problem}`, 'Free it, or choose another port.');
}

/** Why this address cannot be listened on, if it cannot. */
function listenProblem(hostname: string, port: number): string | undefined {
  try {
    Bun.listen({ hostname, port, socket: { data() {} } }).stop(true);
    return undefined;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code === 'EADDRINUSE' ? 'something else uses it' : message;
  }
}

/** The answer at `/`; undefined if nothing speaks HTTP there. */
async function greetingOf(address: string): Promise<Greeting | undefined> {
  try {
    const response = await fetch(`${address}/`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return ((await response.json().catch(() => undefined)) as Greeting | undefined) ?? {};
  } catch {
    return undefined;
  }
}

/** Whether the public address leads to this server. */
async function publicAddress(publicUrl: string, local: Greeting): Promise<Finding> {
  const greeting = await greetingOf(publicUrl);
  if (greeting?.started_at !== undefined && greeting.started_at === local.started_at)
    return ok('public address', `${publicUrl} leads here`);
  const found = greeting
    ? `something else answers at ${publicUrl}`
    : `nothing answers at ${publicUrl} from this machine`;
  return warning(
    'public address',
    found,
    'Check DNS, the certificate and the proxy, unless it is only reachable from elsewhere.',
  );
}

const TRUST = 'Set PORTAL_TRUST_PROXY to the proxy’s address; otherwise all its clients share one rate limit.';

/** Valid settings that are probably a mistake in combination. */
function proxies({ server, limits }: Config, state: ServerState | undefined): Finding[] {
  const { publicUrl, trustProxy, host } = server;
  const isSecure = publicUrl?.startsWith('https:') ?? false;
  const findings: Finding[] = [];
  const everybody = trustProxy.find((range) => /\/0$/.test(range));
  if (everybody)
    findings.push(
      failure('proxy', `PORTAL_TRUST_PROXY=${everybody} lets every client choose its address`, 'Name only the proxy.'),
    );
  if (state?.untrusted_proxy)
    findings.push(warning('proxy', `${state.untrusted_proxy} sends X-Forwarded-For and is not trusted`, TRUST));
  else if (isSecure && trustProxy.length === 0)
    findings.push(warning('proxy', 'https needs a proxy, and none is trusted', TRUST));
  if (publicUrl && !isSecure && !isLocalName(new URL(publicUrl).hostname))
    findings.push(
      warning(
        'proxy',
        `${publicUrl} is not https`,
        'Put a proxy with a certificate in front: cookies are sent unencrypted.',
      ),
    );
  if (!publicUrl && !isLoopback(host))
    findings.push(
      warning(
        'proxy',
        `open to other machines on ${host}, without PORTAL_PUBLIC_URL`,
        'Set it, so that cookies are made for it.',
      ),
    );
  if (!limits.enabled) findings.push(warning('limits', 'PORTAL_LIMITS=off', 'Use it for benchmarks only.'));
  return findings.length > 0
    ? findings
    : [ok('proxy', trustProxy.length > 0 ? `${trustProxy.join(', ')} is trusted` : 'none')];
}

function isLocalName(hostname: string): boolean {
  return hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
