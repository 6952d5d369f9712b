import type { Chromium } from './chromium-binary.ts';

export type FlagOptions = {
  chromium: Chromium;
  version: string;
  width: number;
  height: number;
  profile: string;
  hasSandbox: boolean;
  hasSharedMemory: boolean;
  /** What makes it take the way out that is given to it, and no other. */
  fence: readonly string[];
};

const COMMON = [
  '--remote-debugging-pipe',
  '--disable-gpu',
  '--mute-audio',
  // Nothing that talks to anyone by itself, or keeps anything.
  '--no-first-run',
  '--no-default-browser-check',
  '--no-pings',
  '--disable-background-networking',
  '--disable-breakpad',
  '--disable-client-side-phishing-detection',
  '--disable-component-extensions-with-background-pages',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-extensions',
  '--disable-field-trial-config',
  '--disable-sync',
  '--metrics-recording-only',
  '--password-store=basic',
  '--use-mock-keychain',
  // No windows and no questions: a viewer could neither see nor answer them.
  '--block-new-web-contents',
  '--deny-permission-prompts',
  '--disable-notifications',
  '--disable-print-preview',
  '--disable-search-engine-choice-screen',
  '--noerrdialogs',
  // A page that is watched must not be slowed because no window of it is in front.
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--renderer-process-limit=8',
];

/** A page made ready in advance takes the place of the present one under another name. */
const FEATURES_OFF = ['Prerender2', 'Translate', 'MediaRouter', 'OptimizationHints', 'DialMediaRouteProvider'];

export function chromiumFlags(options: FlagOptions): string[] {
  const { chromium, version, width, height, profile, hasSandbox, hasSharedMemory, fence } = options;
  const given = fence.filter((flag) => !flag.startsWith('--disable-features='));
  const off = fence.filter((flag) => flag.startsWith('--disable-features='));
  const features = [...off.map((flag) => flag.slice(flag.indexOf('=') + 1)), ...FEATURES_OFF].join(',');
  return [
    ...(chromium.kind === 'whole' ? ['--headless=new'] : []),
    ...COMMON,
    `--disable-features=${features}`,
    `--user-agent=${userAgent(version)}`,
    `--window-size=${width},${height}`,
    ...(hasSandbox ? [] : ['--no-sandbox']),
    ...(hasSharedMemory ? [] : ['--disable-dev-shm-usage']),
    ...given,
    `--user-data-dir=${profile}`,
    'about:blank',
  ];
}

/** Many sites turn away a browser that says that it has no head. */
function userAgent(version: string): string {
  const system = process.platform === 'darwin' ? 'Macintosh; Intel Mac OS X 10_15_7' : 'X11; Linux x86_64';
  const major = Number.parseInt(version, 10);
  return `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;
}
