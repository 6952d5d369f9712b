import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Glob } from 'bun';

const NEKO = resolve(import.meta.dir, '../neko');
const CACHE = resolve(import.meta.dir, '../../node_modules/.cache/portal-tests');
const PROGRAMS = ['chromium', 'brave', 'firefox', 'tor-browser'] as const;
const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/brave-browser',
  '/usr/bin/firefox',
  '/opt/tor-browser_en-US/Browser/start-tor-browser',
  // What opens an address in the one that runs.
  '/opt/tor-browser_en-US/Browser/firefox',
];
const WGET = '/usr/bin/wget';
const BUSYBOX = '/usr/bin/busybox';
const FOLDERS = [
  'bin',
  'lib',
  'lib64',
  'proc',
  'dev',
  'sys',
  'tmp',
  'run',
  'root',
  'etc/neko/supervisord',
  'var/log/neko',
  'home/neko',
];
const CHROMIUM_POLICIES = {
  DownloadRestrictions: 3,
  DeveloperToolsAvailability: 2,
  URLBlocklist: ['file://*', 'chrome://policy'],
};
const FIREFOX_POLICIES = { policies: { BlockAboutConfig: true, DisableAppUpdate: true } };

/**
 * The path of an archive with the files of an image: the double of n.eko instead of n.eko, under a shell instead of
 * supervisord, beside the wget that n.eko's image has. Made once for each state of the double.
 */
export async function nekoRootFiles(): Promise<string> {
  const path = join(CACHE, `neko-${await digest()}.tar`);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  for (const old of new Glob('neko-*.tar').scanSync(CACHE)) rmSync(join(CACHE, old), { force: true });
  const work = mkdtempSync(join(CACHE, 'making-'));
  try {
    const root = join(work, 'root');
    layOut(root);
    await run([
      process.execPath,
      'build',
      '--compile',
      '--minify',
      join(NEKO, 'main.ts'),
      '--outfile',
      join(root, 'usr/bin/neko'),
    ]);
    for (const program of [WGET, join(root, 'usr/bin/neko')]) await copyLibraries(program, root);
    await run(['tar', '--owner=0', '--group=0', '-C', root, '-cf', join(work, 'image.tar'), '.']);
    // Another run may have made the same meanwhile.
    renameSync(join(work, 'image.tar'), path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return path;
}

function layOut(root: string): void {
  for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
  const write = (path: string, content: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), mode);
  };
  cpSync(BUSYBOX, join(root, 'bin/busybox'));
  const applets = Bun.spawnSync([BUSYBOX, '--list']).stdout.toString().split('\n').filter(Boolean);
  for (const applet of applets)
    if (applet !== 'busybox' && applet !== 'wget') symlinkSync('busybox', join(root, 'bin', applet));
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  cpSync(WGET, join(root, 'usr/bin/wget'));
  write('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nneko:x:1000:1000::/home/neko:/bin/sh\n');
  write('etc/group', 'root:x:0:\nneko:x:1000:\n');
  write('etc/nsswitch.conf', 'hosts: files dns\n');
  write('usr/bin/supervisord', readFileSync(join(NEKO, 'image/supervisord'), 'utf8'), 0o755);
  for (const path of BROWSERS) write(path, readFileSync(join(NEKO, 'image/browser'), 'utf8'), 0o755);
  cpSync(join(NEKO, 'media'), join(root, 'usr/share/neko'), { recursive: true });
  for (const [at, name] of PROGRAMS.entries()) {
    write(
      `etc/neko/supervisord/${name}.conf`,
      `[program:${name}]\ncommand=${BROWSERS[at]}\n  --no-sandbox\nautorestart=true\n`,
    );
  }
  for (const name of ['chromium', 'brave']) {
    write(`etc/${name}/policies/managed/policies.json`, JSON.stringify(CHROMIUM_POLICIES));
  }
  for (const folder of ['usr/lib/firefox', 'opt/tor-browser_en-US/Browser']) {
    write(`${folder}/distribution/policies.json`, JSON.stringify(FIREFOX_POLICIES));
  }
  // n.eko writes its log, and the browser what it was told to open.
  for (const folder of ['tmp', 'var/log/neko', 'home/neko']) chmodSync(join(root, folder), 0o1777);
}

async function copyLibraries(program: string, root: string): Promise<void> {
  const { stdout } = Bun.spawnSync(['ldd', program]);
  for (const [path] of stdout.toString().matchAll(/\/\S+\.so\S*/g)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(path, join(root, path), { dereference: true });
  }
}

async function digest(): Promise<string> {
  const hash = new Bun.CryptoHasher('sha256').update(Bun.version);
  const files = [...new Glob('**/*').scanSync(NEKO)]
    .filter((path) => !/\.(test\.ts|md)$/.test(path))
    .toSorted((a, b) => (a < b ? -1 : 1));
  for (const path of [...files.map((one) => join(NEKO, one)), import.meta.path])
    hash.update(await Bun.file(path).bytes());
  return hash.digest('hex').slice(0, 16);
}

async function run(command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdout: 'ignore', stderr: 'pipe' });
  const [complaint, status] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (status !== 0) throw new Error(`${command[0]} failed: ${complaint.trim()}`);
}
