import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { testPortal } from '../support/portal.ts';
import { pythonComesBack } from './python-comes-back.ts';

// Pinned: what they make of the document is what is looked at, not what they become.
const TYPESCRIPT = ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3'];
const PYTHON = 'openapi-python-client==0.29.1';
const GO = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2';

const work = resolve(import.meta.dir, '../../dist/clients');
const document = join(work, 'openapi.json');

async function run(cwd: string, ...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { cwd, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(' ')}\n${out}${err}`);
  return out.trim();
}

function folder(name: string): string {
  const path = join(work, name);
  mkdirSync(path, { recursive: true });
  return path;
}

const lines = (path: string) => readFileSync(path, 'utf8').split('\n').length;

type Made = { size: string; call(...args: string[]): Promise<string> };

async function typescript(): Promise<Made> {
  const cwd = folder('typescript');
  if (!existsSync(join(cwd, 'package.json'))) writeFileSync(join(cwd, 'package.json'), '{"type":"module"}');
  await run(cwd, 'npm', 'install', '--silent', '--save-exact', ...TYPESCRIPT);
  await run(cwd, 'npx', 'openapi-typescript', document, '--output', 'schema.d.ts');
  cpSync(join(import.meta.dir, 'client.ts.template'), join(cwd, 'client.ts'));
  const options = [
    '--strict',
    '--module',
    'esnext',
    '--target',
    'esnext',
    '--moduleResolution',
    'bundler',
    '--skipLibCheck',
  ];
  writeFileSync(join(cwd, 'node.d.ts'), 'declare const process: { argv: string[] };\n');
  await run(cwd, 'npx', 'tsc', ...options, '--outDir', 'built', 'client.ts', 'node.d.ts');
  return {
    size: `${lines(join(cwd, 'schema.d.ts'))} lines`,
    call: (...args) => run(cwd, 'node', 'built/client.js', ...args),
  };
}

async function python(): Promise<Made> {
  const cwd = folder('python');
  if (!existsSync(join(cwd, 'venv'))) await run(cwd, 'python3', '-m', 'venv', 'venv');
  await run(cwd, 'venv/bin/pip', 'install', '--quiet', PYTHON);
  writeFileSync(join(cwd, 'config.yaml'), 'post_hooks: []\n');
  const options = ['--meta', 'none', '--output-path', 'portal_client', '--overwrite', '--config', 'config.yaml'];
  await run(cwd, 'venv/bin/openapi-python-client', 'generate', '--path', document, ...options);
  cpSync(join(import.meta.dir, 'client.py'), join(cwd, 'client.py'));
  const files = (await run(cwd, 'find', 'portal_client', '-name', '*.py')).split('\n');
  return { size: `${files.length} modules`, call: (...args) => run(cwd, 'venv/bin/python', 'client.py', ...args) };
}

async function go(): Promise<Made> {
  const cwd = folder('go');
  if (!existsSync(join(cwd, 'go.mod'))) await run(cwd, 'go', 'mod', 'init', 'example.com/clients');
  const target = join(folder('go/portal'), 'portal.gen.go');
  await run(cwd, 'go', 'run', GO, '-generate', 'types,client', '-package', 'portal', '-o', target, document);
  cpSync(join(import.meta.dir, 'client.go'), join(cwd, 'main.go'));
  await run(cwd, 'go', 'mod', 'tidy');
  await run(cwd, 'go', 'build', '-o', 'client', '.');
  return { size: `${lines(target)} lines`, call: (...args) => run(cwd, join(cwd, 'client'), ...args) };
}

const portal = await testPortal({ realTime: true });
const url = portal.listen();
mkdirSync(work, { recursive: true });
writeFileSync(document, await (await fetch(`${url}/openapi.json`)).text());

// A chat that somebody was removed from: its activity has a null where others have a word.
const owner = await portal.given.admin();
const chat = await portal.given.chat({ owner });
const member = await portal.given.member(chat);
await portal.as(owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: member.id });
const expected = `Portal, ${owner.username}, ${owner.username}, private, kick/`;

let failed = 0;
for (const [name, make] of Object.entries({ typescript, python, go })) {
  try {
    const { size, call } = await make();
    const said = await call(url, owner.token, String(chat.id));
    const isRight = said.startsWith(expected) && said.endsWith('ERR_NOT_FOUND');
    if (!isRight) failed++;
    console.log(`${isRight ? 'ok' : 'WRONG'}  ${name} (${size}): ${said}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message.slice(0, 4000) : String(error)}`);
  }
}
await portal.close();

try {
  await pythonComesBack(folder('python-socketio'), run);
  console.log('ok  python-socketio lives through restarts, kills, nginx and cut connections');
} catch (error) {
  failed++;
  console.log(`FAILED  python-socketio: ${error instanceof Error ? error.message.slice(0, 4000) : String(error)}`);
}
process.exit(failed);
