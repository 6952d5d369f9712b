import type { Setting } from '../config/setting.ts';
import { settings } from '../config/settings.ts';

const INTRODUCTION = `# Configuration

<!-- Made of src/config/settings.ts by \`bun src/build/configuration-page.ts\`; a test compares. -->

Settings come from flags, then the environment, then a \`.env\` file beside the data directory, then their defaults; an empty
variable counts as none. A secret may stand in a file: \`PORTAL_X_FILE\` names it. Every mistake is reported at the start, all at
once, and an unknown \`PORTAL_\` variable is one. \`portal config\` prints what holds, and where it is from;
\`portal config --check\` only checks.

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
