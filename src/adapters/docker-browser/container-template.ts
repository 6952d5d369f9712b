import { createHash } from 'node:crypto';
import type { ContainerCreateOptions } from 'dockerode';
import { KIB, MIB } from '../../core/durations.ts';
import type { BrowserName, StartRequest } from '../../ports/browser-engine.ts';
import { BROWSERS } from '../../ports/browser-engine.ts';
import { imageOf } from './apps.ts';
import { nekoEnvironment } from './neko-environment.ts';
import type { DockerBrowserOptions } from './options.ts';

export const LABELS = {
  instance: 'portal.instance',
  chat: 'portal.chat',
  specHash: 'portal.spec-hash',
  browser: 'portal.browser',
  startUrl: 'portal.start-url',
  kiosk: 'portal.kiosk',
  port: 'portal.port',
  probe: 'portal.probe',
} as const;

/** What all containers of this server have in common. */
export type TemplateOptions = Pick<
  DockerBrowserOptions,
  'instance' | 'image' | 'size' | 'memoryBytes' | 'cpus' | 'pids'
>;

export type Place = {
  /** The address that n.eko gives to viewers. */
  address: string;
  port: number;
  apiToken: string;
};

/** n.eko's own port for HTTP. It is not published. */
export const HTTP_PORT = 8080;

const SHARED_MEMORY = 1024 * MIB;
const LOG_BYTES = 1024 * KIB;
const CPU_PERIOD_US = 100_000;

export const labelOf = (instance: string): string => `${LABELS.instance}=${instance}`;
export const networkName = (instance: string): string => `portal-${instance}`;
export const containerName = (instance: string, chatId: number): string => `portal-${instance}-${chatId}`;
/** The system allows 15 characters. */
export const bridgeName = (instance: string): string => `pt${instance.slice(0, 12)}`;

/** The container of a chat's browser. Of what people say, only the labels hold something: all else is picked from lists. */
export function containerBody(options: TemplateOptions, request: StartRequest, place: Place): ContainerCreateOptions {
  const { instance } = options;
  const body = template(options, request.browser, place);
  const published = [{ HostPort: String(place.port) }];
  return {
    ...body,
    name: containerName(instance, request.chatId),
    ExposedPorts: { [`${place.port}/udp`]: {}, [`${place.port}/tcp`]: {} },
    Labels: {
      [LABELS.instance]: instance,
      [LABELS.chat]: String(request.chatId),
      [LABELS.specHash]: specHash(options, request.browser, place.address),
      [LABELS.browser]: request.browser,
      [LABELS.startUrl]: request.startUrl ?? '',
      [LABELS.kiosk]: request.kiosk ? '1' : '0',
      [LABELS.port]: String(place.port),
    },
    HostConfig: {
      ...body.HostConfig,
      PortBindings: { [`${place.port}/udp`]: published, [`${place.port}/tcp`]: published },
    },
  };
}

/** A container of the same kind that no chat has, and that nobody can watch. */
export function probeBody(options: TemplateOptions, browser: BrowserName, place: Place, name: string) {
  const { instance } = options;
  return {
    ...template(options, browser, place),
    name: `portal-${instance}-probe-${name}`,
    Labels: { [LABELS.instance]: instance, [LABELS.probe]: '1' },
  };
}

function template(options: TemplateOptions, browser: BrowserName, place: Place): ContainerCreateOptions {
  const { instance, image, size, memoryBytes, cpus, pids } = options;
  return {
    Image: imageOf(image, browser),
    Env: Object.entries(nekoEnvironment({ ...place, size })).map(([name, value]) => `${name}=${value}`),
    StopTimeout: 5,
    HostConfig: {
      NetworkMode: networkName(instance),
      CapDrop: ['ALL'],
      // supervisord becomes n.eko's user, hands it files, and ends its programs.
      CapAdd: ['SETUID', 'SETGID', 'CHOWN', 'KILL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      // As NanoCpus, more than the machine has would be refused.
      CpuPeriod: CPU_PERIOD_US,
      CpuQuota: cpus * CPU_PERIOD_US,
      PidsLimit: pids,
      ShmSize: SHARED_MEMORY,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': String(LOG_BYTES), 'max-file': '1' } },
    },
  };
}

/** Tells containers apart that were made by other settings, or by another version of this file. */
export function specHash(options: TemplateOptions, browser: BrowserName, address: string): string {
  const common = template(options, browser, { address, port: 0, apiToken: '' });
  return createHash('sha256').update(JSON.stringify(common)).digest('hex').slice(0, 32);
}

/** What a container was started for, by its labels; undefined when they do not say it. */
export function requestOf(labels: Record<string, string>): StartRequest | undefined {
  const chatId = Number(labels[LABELS.chat]);
  const browser = BROWSERS.find((name) => name === labels[LABELS.browser]);
  if (!Number.isSafeInteger(chatId) || chatId < 1 || !browser) return undefined;
  return { chatId, browser, startUrl: labels[LABELS.startUrl] || null, kiosk: labels[LABELS.kiosk] === '1' };
}
