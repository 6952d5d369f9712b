import type { Command } from 'commander';
import { loadConfig, type Resolved } from '../../config/load-config.ts';
import type { Cli } from '../context.ts';
import { type CommonOptions, flagsOf, instanceCommand, show } from './shared.ts';

type Shown = { name: string; value: unknown; source: string; default: unknown; description: string };

export function addConfigCommand(program: Command, cli: Cli): void {
  instanceCommand(
    program,
    'config',
    'print every setting with its value, source, default and description',
    'portal config --check',
  )
    .option('--check', 'only check the configuration')
    .action(({ check = false, ...options }: CommonOptions & { check?: boolean }) => {
      const { resolved } = loadConfig(cli.environment, flagsOf(options));
      if (check) return show(cli, options, { ok: true }, () => 'The configuration is valid.');
      show(cli, options, resolved.map(shown), (all) => all.map(settingText).join('\n\n'));
    });
}

function shown({ setting, value, source }: Resolved): Shown {
  const isMasked = setting.isSecret && value !== undefined;
  return {
    name: setting.env,
    value: isMasked ? '********' : (value ?? null),
    source,
    default: setting.defaultDoc ?? setting.default ?? null,
    description: setting.doc,
  };
}

function settingText({ name, value, source, default: preset, description }: Shown): string {
  const origin = source === 'default' ? 'default' : `${source}; default: ${plain(preset)}`;
  const current = source === 'default' ? plain(preset) : plain(value);
  return `${name} = ${current}   (${origin})\n    ${description}`;
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === null ? 'none' : String(value);
}
