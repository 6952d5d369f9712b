import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

type Instruction = { name: string; argument: string };
type Stage = { name: string | undefined; instructions: Instruction[] };

const root = resolve(import.meta.dir, '../..');
const stages = parseStages(await Bun.file(join(root, 'Dockerfile')).text());
const image = stages.at(-1)?.instructions ?? [];

function parseStages(dockerfile: string): Stage[] {
  const lines = dockerfile
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const parsed: Stage[] = [];
  for (const line of lines) {
    const [, name = '', argument = ''] = /^\s*([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') parsed.push({ name: / AS (\S+)$/i.exec(argument)?.[1], instructions: [] });
    parsed.at(-1)?.instructions.push({ name, argument });
  }
  return parsed;
}

function all(name: string, instructions = stages.flatMap((stage) => stage.instructions)): string[] {
  return instructions.filter((instruction) => instruction.name === name).map((instruction) => instruction.argument);
}

/** The sources of COPY instructions that read the repository, and the stages that the others read. */
function copies(): { paths: string[]; fromStages: string[] } {
  const paths: string[] = [];
  const fromStages: string[] = [];
  for (const argument of all('COPY')) {
    const from = /--from=(\S+)/.exec(argument)?.[1];
    const words = argument.split(/\s+/).filter((word) => !word.startsWith('--'));
    if (from) fromStages.push(from);
    else paths.push(...words.slice(0, -1));
  }
  return { paths, fromStages };
}

describe('the Dockerfile', () => {
  test('is made of instructions that Docker knows', () => {
    const known = 'FROM WORKDIR COPY RUN ARG ENV LABEL VOLUME EXPOSE USER HEALTHCHECK ENTRYPOINT CMD'.split(' ');
    const names = stages.flatMap((stage) => stage.instructions.map((instruction) => instruction.name));
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    expect(stages).toHaveLength(2);
  });

  test('copies only what is in the repository, or comes from a stage above', () => {
    const { paths, fromStages } = copies();
    expect(paths.length).toBeGreaterThan(3);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(fromStages.filter((from) => !stages.slice(0, -1).some((stage) => stage.name === from))).toEqual([]);
  });

  test('copies nothing that .dockerignore keeps out', async () => {
    const allowed =
      (await Bun.file(join(root, '.dockerignore')).text()).match(/^!.+$/gm)?.map((line) => line.slice(1)) ?? [];
    expect(
      copies().paths.filter((path) => !allowed.some((part) => path === part || path.startsWith(`${part}/`))),
    ).toEqual([]);
  });

  test('runs as a user by number who is not root and owns the data', () => {
    const user = all('USER', image).at(-1) ?? '';
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(all('COPY', image).find((argument) => argument.endsWith(' /data'))).toContain(`--chown=${user} `);
  });

  test('starts the server on the volume, reachable from outside, and asks it for its health', () => {
    expect(JSON.parse(all('ENTRYPOINT', image)[0] ?? '')).toEqual(['portal']);
    expect(JSON.parse(all('CMD', image)[0] ?? '')).toEqual(['serve']);
    expect(all('HEALTHCHECK', image)[0]).toEndWith('CMD ["portal", "healthcheck"]');
    expect(all('ENV', image).join(' ').split(' ')).toEqual(['PORTAL_DATA_DIR=/data', 'PORTAL_HOST=0.0.0.0']);
    expect(all('VOLUME', image)).toEqual(['/data']);
    expect(all('EXPOSE', image)).toEqual(['7331']);
  });

  test('names the version and the licence of package.json', () => {
    expect(all('LABEL', image)[0]).toContain(`image.version="${manifest.version}"`);
    expect(all('LABEL', image)[0]).toContain(`image.licenses="${manifest.license}"`);
  });

  test('names images with a version', () => {
    for (const from of all('FROM')) expect(from).toMatch(/\s?[a-z]+:[a-z0-9][\w.-]*( AS \w+)?$/);
    expect(all('FROM').filter((from) => from.includes(':latest'))).toEqual([]);
  });
});

describe('compose.yaml', async () => {
  const compose = Bun.YAML.parse(await Bun.file(join(root, 'compose.yaml')).text()) as {
    services: { portal: Record<string, unknown> };
    volumes: Record<string, unknown>;
  };
  const { portal } = compose.services;

  test('takes every privilege away and keeps the data', () => {
    expect(portal).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      tmpfs: ['/tmp'],
      restart: 'unless-stopped',
      volumes: ['data:/data'],
    });
    expect(portal).not.toHaveProperty('privileged');
    expect(compose.volumes).toHaveProperty('data');
  });

  test('publishes the port to this machine only', () => {
    expect(portal.ports).toEqual(['127.0.0.1:7331:7331']);
  });

  test('names the version of package.json', () => {
    expect(portal.image).toBe(`portal:${manifest.version}`);
  });
});
