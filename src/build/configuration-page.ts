import type { Setting } from '../config/setting.ts';
import { settings } from '../config/settings.ts';

const INTRODUCTION = `# Configuration

<!-- Generated from src/config/settings.ts by \`bun src/build/configuration-page.ts\`; a test compares. -->

Portal reads flags first, then the environment, then a \`.env\` file beside the data directory, then the defaults. An empty
variable counts as unset. A secret can be read from a file that \`PORTAL_X_FILE\` names. All mistakes are reported at once at the
start, unknown \`PORTAL_\` variables included; those that Kubernetes sets for a service named \`portal\` are ignored.
\`portal config\` prints each setting with its value and source, and \`portal config --check\` only checks them.

| variable | default | what it does |
| --- | --- | --- |
`;

/** The documentation page with every setting. */
export function configurationPage(): string {
  const all = Object.values(settings).flatMap((group) => Object.values(group) as Setting[]);
  const rows = all.map((one) => `| \`${one.env}\` | ${shown(one)} | ${one.doc}${one.isSecret ? ' Secret.' : ''} |`);
  return `${INTRODUCTION + rows.join('\n')}\n`;
}

function shown({ default: value, defaultDoc }: Setting): string {
  if (defaultDoc !== undefined) return defaultDoc;
  if (Array.isArray(value)) return 'none';
  if (typeof value === 'boolean') return value ? '`on`' : '`off`';
  return `\`${String(value)}\``;
}

if (import.meta.main) await Bun.write(`${import.meta.dir}/../../docs/configuration.md`, configurationPage());
