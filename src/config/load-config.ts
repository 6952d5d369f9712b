import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { nearest } from './nearest.ts';
import { withoutServiceLinks } from './service-links.ts';
import type { Setting } from './setting.ts';
import { type Config, settings } from './settings.ts';

export type Source = 'flag' | 'environment' | 'file' | '.env' | 'default';

/** A setting with its value and source. */
export type Resolved = { section: string; name: string; setting: Setting; value: unknown; source: Source };

export type Environment = Readonly<Record<string, string | undefined>>;
/** Flags by the variable they override, such as `{ PORTAL_PORT: '8080' }`. */
export type Flags = Partial<Record<string, string>>;

/** Every mistake in the configuration at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

type Text = { text: string; source: Source };

/**
 * Reads the configuration. Flags override the environment, which overrides the `.env` beside the data directory, which overrides
 * the defaults. `PORTAL_X_FILE` names a file with a secret. Throws {@link ConfigError} with every mistake.
 */
export function loadConfig(given: Environment, flags: Flags = {}): { config: Config; resolved: Resolved[] } {
  const environment = withoutServiceLinks(given);
  const mistakes: string[] = [];
  const dotenv = readDotenv(environment, flags, mistakes);
  mistakes.push(...unknownNames(Object.keys(environment), ''), ...unknownNames(Object.keys(dotenv), ' in .env'));

  const resolved: Resolved[] = [];
  for (const [section, group] of Object.entries(settings)) {
    for (const [name, setting] of Object.entries(group) as [string, Setting][]) {
      try {
        const found = findText(setting, environment, dotenv, flags);
        const value = frozen(found ? setting.read(found.text) : setting.default);
        resolved.push({ section, name, setting, value, source: found?.source ?? 'default' });
      } catch (error) {
        mistakes.push(`${setting.env} ${(error as Error).message}`);
      }
    }
  }
  mistakes.push(...contradictions(resolved));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return { config: assemble(resolved), resolved };
}

function assemble(resolved: readonly Resolved[]): Config {
  const sections: Record<string, Record<string, unknown>> = {};
  for (const { section, name, value } of resolved) sections[section] = { ...sections[section], [name]: value };
  for (const section of Object.values(sections)) Object.freeze(section);
  return Object.freeze(sections) as unknown as Config;
}

function frozen(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze([...value]) : value;
}

/** Settings that are valid alone and contradict each other. Unreadable ones are reported elsewhere. */
function contradictions(resolved: readonly Resolved[]): string[] {
  const sameSite = resolved.find(({ setting }) => setting === settings.cookie.sameSite);
  const publicUrl = resolved.find(({ setting }) => setting === settings.server.publicUrl);
  if (sameSite?.value !== 'none' || !publicUrl || String(publicUrl.value).startsWith('https:')) return [];
  return ['PORTAL_COOKIE_SAME_SITE=none needs a PORTAL_PUBLIC_URL with https: browsers refuse such cookies otherwise'];
}

function findText(setting: Setting, environment: Environment, dotenv: Environment, flags: Flags): Text | undefined {
  const flag = flags[setting.env];
  if (flag !== undefined) return { text: flag, source: 'flag' };
  for (const [values, source] of [
    [environment, 'environment'],
    [dotenv, '.env'],
  ] as const) {
    // Many tools pass on an unset variable as an empty one.
    const own = values[setting.env] || undefined;
    const file = (setting.isSecret && values[`${setting.env}_FILE`]) || undefined;
    if (own !== undefined && file !== undefined) throw new Error(`and ${setting.env}_FILE are both set; keep one`);
    if (own !== undefined) return { text: own, source };
    if (file !== undefined) return { text: readSecret(file), source: 'file' };
  }
  const other = (setting.otherEnv && environment[setting.otherEnv]) || undefined;
  return other !== undefined && canRead(setting, other) ? { text: other, source: 'environment' } : undefined;
}

/** What is meant for other programs is no mistake. */
function canRead(setting: Setting, text: string): boolean {
  try {
    setting.read(text);
    return true;
  } catch {
    return false;
  }
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new Error(`names a file that cannot be read: ${path}`);
  }
}

function readDotenv(environment: Environment, flags: Flags, mistakes: string[]): Environment {
  const dataDir = flags.PORTAL_DATA_DIR ?? (environment.PORTAL_DATA_DIR || settings.server.dataDir.default);
  const path = join(dirname(resolve(dataDir)), '.env');
  if (!existsSync(path)) return {};
  try {
    const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    // `parseEnv` skips lines without "=" or ":". The line itself is not quoted: it may be a secret.
    for (const [, name] of text.matchAll(/^[ \t]*(?:export[ \t]+)?(PORTAL_\w+)(?!\w|[ \t]*=|:)/gm))
      mistakes.push(`${name} in .env has no "=": write ${name}=…`);
    const values = parseEnv(text) as Record<string, string>;
    if (values.PORTAL_DATA_DIR !== undefined)
      mistakes.push('PORTAL_DATA_DIR cannot be set in .env: that file is found beside the data directory');
    return values;
  } catch {
    mistakes.push(`${path} cannot be read`);
    return {};
  }
}

function unknownNames(names: readonly string[], where: string): string[] {
  const all = Object.values(settings).flatMap((group) => Object.values(group) as Setting[]);
  const known = new Set(all.flatMap(({ env, isSecret }) => (isSecret ? [env, `${env}_FILE`] : [env])) as string[]);
  // `PORTAL_X_FILE` for a setting that is no secret: suggest `PORTAL_X`.
  const meant = (name: string) =>
    known.has(name.replace(/_FILE$/, '')) ? name.replace(/_FILE$/, '') : nearest(name, [...known]);
  return names
    .filter((name) => name.startsWith('PORTAL_') && !known.has(name))
    .map((name) => `${name}${where} is no setting; did you mean ${meant(name)}?`);
}
