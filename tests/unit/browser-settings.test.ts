import { describe, expect, test } from 'bun:test';
import { ConfigError, type Environment, loadConfig } from '../../src/config/load-config.ts';

const browser = (env: Environment) => loadConfig(env).config.browser;

function mistakes(env: Environment): string {
  try {
    loadConfig(env);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe('the Docker daemon', () => {
  test('is the one of DOCKER_HOST, unless Portal has a setting of its own', () => {
    expect(browser({}).docker).toBe('unix:///var/run/docker.sock');
    expect(browser({ DOCKER_HOST: 'unix:///run/user/1000/docker.sock' }).docker).toBe(
      'unix:///run/user/1000/docker.sock',
    );
    const both = { DOCKER_HOST: 'unix:///a', PORTAL_BROWSER_DOCKER: 'tcp://127.0.0.1:2375' };
    expect(browser(both).docker).toBe('tcp://127.0.0.1:2375');
  });

  test('of a kind that is not for Portal is no mistake in DOCKER_HOST', () => {
    expect(browser({ DOCKER_HOST: 'ssh://docker.example' }).docker).toBe('unix:///var/run/docker.sock');
    expect(mistakes({ PORTAL_BROWSER_DOCKER: 'ssh://docker.example' })).toContain('PORTAL_BROWSER_DOCKER must be');
  });
});

describe('ICE servers', () => {
  const ice = (entries: unknown) => ({ PORTAL_BROWSER_ICE: JSON.stringify(entries) });

  test('are a list, with credentials for TURN', () => {
    const turn = { urls: ['turn:turn.example.com:3478', 'turns:turn.example.com:5349?transport=tcp'], secret: 'hush' };
    expect(browser(ice([turn, { urls: 'stun:stun.example.com' }])).ice).toEqual([
      turn,
      { urls: ['stun:stun.example.com'] },
    ]);
    expect(browser({}).ice).toEqual([]);
  });

  test.each([
    ['text', 'stun:a', 'JSON list'],
    ['an object', '{}', 'JSON list'],
    ['another scheme', '[{"urls":["https://a"]}]', 'begin with stun:'],
    ['TURN without credentials', '[{"urls":["turn:a"],"username":"b"}]', 'needs a "secret"'],
    ['a field that is none', '[{"urls":["stun:a"],"url":"b"}]', '"url"'],
  ])('are not %s', (_what, text, why) => {
    expect(mistakes({ PORTAL_BROWSER_ICE: text })).toContain(why);
  });

  test('are never quoted in a mistake', () => {
    expect(mistakes({ PORTAL_BROWSER_ICE: '[{"urls":["turn:a"],"credential":"hush"' })).not.toContain('hush');
  });
});

test('ports, addresses and images that cannot be meant are refused', () => {
  for (const ports of ['', '80', '52000-51000', '70000', '1024-65535', 'all'])
    if (ports !== '') expect(mistakes({ PORTAL_BROWSER_PORTS: ports })).toContain('PORTAL_BROWSER_PORTS');
  expect(browser({ PORTAL_BROWSER_PORTS: '52000' }).ports).toBe('52000');
  expect(browser({ PORTAL_BROWSER_ADDRESS: '192.0.2.1, media.example.com,fd00::5' }).addresses).toEqual([
    '192.0.2.1',
    'media.example.com',
    'fd00::5',
  ]);
  for (const address of ['http://a', 'a:80', '1.2.3', '*'])
    expect(mistakes({ PORTAL_BROWSER_ADDRESS: address })).toContain('PORTAL_BROWSER_ADDRESS');
  for (const image of ['neko {browser}', '$(id)', '-neko'])
    expect(mistakes({ PORTAL_BROWSER_IMAGE: image })).toContain('PORTAL_BROWSER_IMAGE');
  const digest = `ghcr.io/m1k1o/neko/{browser}@sha256:${'0'.repeat(64)}`;
  expect(browser({ PORTAL_BROWSER_IMAGE: digest }).image).toBe(digest);
});
