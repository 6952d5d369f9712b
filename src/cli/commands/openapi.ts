import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { openPortal } from '../../app/open-portal.ts';
import { loadConfig } from '../../config/load-config.ts';
import { silentLogger } from '../../core/logger.ts';
import { StartError, takeDataDir } from '../../db/sqlite/data-dir.ts';
import type { Cli } from '../context.ts';

export function addOpenApiCommand(program: Command, { environment, output }: Cli): void {
  program
    .command('openapi')
    .description('print the OpenAPI document of the API')
    .addHelpText('after', '\nExample:\n  portal openapi > openapi.json')
    .action(async () => {
      // The document is generated from the routes, so the program is assembled over a temporary directory.
      const folder = mkdtempSync(join(tmpdir(), 'portal-openapi-'));
      try {
        const { config } = loadConfig(environment, {});
        using dir = takeDataDir(folder);
        if (!dir) throw new StartError(`${folder} is in use`);
        const portal = await openPortal(config, dir, silentLogger);
        output.out(JSON.stringify(portal.http.openApi(), null, 2));
        await portal.close();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
}
