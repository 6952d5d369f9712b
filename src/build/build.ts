import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sourceHash } from '../core/source-hash.ts';
import { writeWeb } from './web.ts';

const root = resolve(import.meta.dir, '../..');

const TARGETS = {
  'linux-x64': 'bun-linux-x64',
  'linux-arm64': 'bun-linux-arm64',
  'darwin-arm64': 'bun-darwin-arm64',
  'linux-x64-musl': 'bun-linux-x64-musl',
} as const satisfies Record<string, Bun.Build.CompileTarget>;
type Target = keyof typeof TARGETS;

/** Folders embedded into the binary under their own names: the migrations and the built pages. */
const WEB = 'dist/web';
const ASSETS = ['drizzle', WEB];

const USAGE = `Usage: bun run build [--target <target>]... [--out <directory>]

Without a target: this machine's binary, dist/portal. With targets: dist/portal-<target>.
Targets: ${Object.keys(TARGETS).join(', ')}, all

Example: bun run build --target linux-arm64`;

function isTarget(name: string): name is Target {
  return Object.hasOwn(TARGETS, name);
}

/**
 * Reproducible: the same sources give the same bytes anywhere. No time or path goes in, and the file is built under a fixed name,
 * because Bun writes the name into the binary.
 */
async function build(target: Target | undefined, directory: string): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const work = mkdtempSync(join(directory, '.build-'));
  try {
    const outfile = join(work, 'portal');
    await Bun.build({
      entrypoints: ['src/main.ts'],
      target: 'bun',
      format: 'esm',
      minify: true,
      bytecode: true,
      // Embedded, so that stack traces name source files and lines.
      sourcemap: 'linked',
      // An optional native part of ssh2, which Portal never uses; whether it is there differs between machines.
      external: ['cpu-features'],
      define: {
        'process.env.NODE_ENV': '"production"',
        'process.env.PORTAL_BUILD_SOURCE_HASH': JSON.stringify(sourceHash(root)),
        // Otherwise Bun inserts paths of the build machine.
        __dirname: '"/$bunfs/root"',
        __filename: '"/$bunfs/root/portal"',
      },
      compile: {
        outfile,
        assets: ASSETS,
        // Otherwise a .env or bunfig.toml in the working directory would take effect.
        autoloadDotenv: false,
        autoloadBunfig: false,
        ...(target && { target: TARGETS[target] }),
      },
    });
    const binary = join(directory, target ? `portal-${target}` : 'portal');
    renameSync(outfile, binary); // also over one that is running
    return binary;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function report(binary: string): void {
  const content = readFileSync(binary);
  const sha256 = createHash('sha256').update(content).digest('hex');
  console.log(`${binary}  ${(content.length / 1e6).toFixed(1)} MB  sha256 ${sha256}`);
}

function readArguments(): { targets: (Target | undefined)[]; directory: string } {
  const { values } = parseArgs({
    options: {
      target: { type: 'string', multiple: true },
      out: { type: 'string', default: join(root, 'dist') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const names = values.target?.flatMap((name) => (name === 'all' ? Object.keys(TARGETS) : name.split(',')));
  const unknown = names?.find((name) => !isTarget(name));
  if (unknown !== undefined) throw new TypeError(`Unknown target "${unknown}"`);
  return { targets: names?.filter(isTarget) ?? [undefined], directory: resolve(values.out) };
}

async function main(): Promise<number> {
  let wanted: ReturnType<typeof readArguments>;
  try {
    wanted = readArguments();
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  process.chdir(root); // paths in the source map are written from here
  await writeWeb(join(root, WEB));
  for (const target of wanted.targets) {
    try {
      report(await build(target, wanted.directory));
    } catch (error) {
      console.error(`error: could not build ${target ?? 'for this machine'}`);
      for (const cause of error instanceof AggregateError ? error.errors : [error]) console.error(cause);
      return 1;
    }
  }
  return 0;
}

process.exit(await main());
