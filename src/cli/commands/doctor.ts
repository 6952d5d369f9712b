import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ConfigError, loadConfig } from '../../config/load-config.ts';
import type { Config } from '../../config/settings.ts';
import type { Cli } from '../context.ts';
import { lookAtBrowsers } from '../doctor/browsers.ts';
import { lookAtData } from '../doctor/data.ts';
import { type Finding, failure, ok } from '../doctor/finding.ts';
import { lookAtServer } from '../doctor/server.ts';
import { type CommonOptions, flagsOf, instanceCommand, show } from './shared.ts';

export function addDoctorCommand(program: Command, cli: Cli, done: (status: number) => void): void {
  instanceCommand(program, 'doctor', 'check the instance, and say how to fix what is wrong', 'portal doctor')
    .option('--prove-fence', 'try from inside a container what shared browsers must not reach')
    .action(async (options: Options) => {
      const checks = await examine(cli, options);
      const isWell = checks.every(({ status }) => status !== 'failure');
      show(cli, options, { ok: isWell, checks }, () => checks.map(line).join('\n'));
      done(isWell ? 0 : 1);
    });
}

type Options = CommonOptions & { proveFence?: boolean };

async function examine(cli: Cli, options: Options): Promise<Finding[]> {
  let config: Config;
  try {
    config = loadConfig(cli.environment, flagsOf(options)).config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes.map((mistake) => failure('configuration', mistake, 'portal config lists every setting.'));
  }
  const { dataDir, secret } = config.server;
  return [
    ok('configuration', 'all settings are valid'),
    ...lookAtData(resolve(dataDir), secret !== undefined),
    ...(await lookAtServer(config)),
    ...(await lookAtBrowsers(config, options.proveFence ?? false)),
  ];
}

const WORDS = { ok: 'ok', warning: 'warning', failure: 'FAILURE' };

function line({ about, status, found, advice }: Finding): string {
  const first = `${WORDS[status].padEnd(9)}${about.padEnd(16)}${found}`;
  return advice === undefined ? first : `${first}\n${' '.repeat(25)}→ ${advice}`;
}
