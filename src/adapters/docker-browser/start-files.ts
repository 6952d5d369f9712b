import type { StartRequest } from '../../ports/browser-engine.ts';
import type { App } from './apps.ts';

type Wish = Pick<StartRequest, 'startUrl' | 'kiosk'>;
type Read = (path: string) => Promise<string | undefined>;

/**
 * The files that make a browser begin with a page, and without bars, by their paths without the first slash. They take the
 * place of the image's own, and keep what those say.
 */
export async function startFiles(app: App, { startUrl, kiosk }: Wish, read: Read): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  if (startUrl !== null) files[inside(app.policyFile)] = withPage(app, await read(app.policyFile), startUrl);
  if (kiosk) {
    const program = await read(app.programFile);
    if (program !== undefined) files[inside(app.programFile)] = inKiosk(program, startUrl);
  }
  return files;
}

const inside = (path: string): string => path.replace(/^\//, '');

function withPage(app: App, policies: string | undefined, url: string): string {
  const present = objectOf(policies);
  if (app.policies === 'firefox') {
    const Homepage = { URL: url, StartPage: 'homepage', Locked: false };
    const own = { ...(present.policies as object | undefined), Homepage, OverrideFirstRunPage: '' };
    return JSON.stringify({ ...present, policies: own });
  }
  return JSON.stringify({ ...present, RestoreOnStartup: 4, RestoreOnStartupURLs: [url], HomepageLocation: url });
}

function objectOf(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

/** The command goes on over the lines that are indented. */
function inKiosk(program: string, url: string | null): string {
  // supervisord expands "%" and splits as a shell does.
  const page = url === null ? '' : ` "${new URL(url).href.replaceAll('%', '%%').replace(/["\\`$]/g, encoded)}"`;
  return program.replace(/^command=.*(?:\n[ \t]+.*)*/m, (command) => `${command.trimEnd()} --kiosk${page}`);
}

const encoded = (character: string): string => `%%${character.charCodeAt(0).toString(16).toUpperCase()}`;
