import { expect, test } from 'bun:test';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { controlSocketPath, listenForCommands, sendCommand } from '../../src/app/operations/control-socket.ts';
import { silentLogger } from '../../src/core/logger.ts';

const COMMAND = { operation: 'public-key', args: {} };

test('commands go through no folder that somebody else may look into', async () => {
  const dataDir = `/tmp/${crypto.randomUUID()}/${'long'.repeat(25)}`;
  const folder = dirname(controlSocketPath(dataDir));
  try {
    const server = listenForCommands(dataDir, async ({ operation }) => operation, silentLogger);
    expect(await sendCommand(dataDir, COMMAND)).toEqual({ ok: true, result: 'public-key' });
    chmodSync(folder, 0o777);
    expect(sendCommand(dataDir, COMMAND)).rejects.toThrow('not ours alone');
    expect(() => listenForCommands(dataDir, async () => 1, silentLogger)).toThrow('not ours alone');
    await server.stop();
    rmSync(folder, { recursive: true });
    mkdirSync(folder, { mode: 0o700 });
    expect(await sendCommand(dataDir, COMMAND)).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
