import { describe, expect, spyOn, test } from 'bun:test';
import { FenceProof } from '../../src/adapters/docker-browser/fence-proof.ts';

/** A proof that takes as long as the test says, and the connections that are counted. */
function scene(options: { isUnfenced: boolean } = { isUnfenced: false }) {
  const proofs: PromiseWithResolvers<void>[] = [];
  const fence = new FenceProof({ options } as never);
  spyOn(fence, 'prove').mockImplementation(() => {
    const proof = Promise.withResolvers<void>();
    proofs.push(proof);
    return proof.promise;
  });
  const at = { connection: 0 };
  const require = () => fence.require(() => at.connection, {} as never);
  return { proofs, at, require };
}

describe('the fence is proved', () => {
  test('once for all who wait, and not again on the same connection', async () => {
    const { proofs, at, require } = scene();
    const both = [require(), require()];
    // The first connection is counted when the daemon has answered.
    at.connection = 1;
    proofs[0]?.resolve();
    await Promise.all(both);
    await require();
    expect(proofs).toHaveLength(1);
  });

  test('again on the next connection, and after a proof that failed', async () => {
    const { proofs, at, require } = scene();
    at.connection = 1;
    const first = require();
    proofs[0]?.reject(new Error('not proved'));
    expect(first).rejects.toThrow('not proved');
    await first.catch(() => {});
    const second = require();
    proofs[1]?.resolve();
    await second;
    at.connection = 2;
    const third = require();
    proofs[2]?.resolve();
    await third;
    expect(proofs).toHaveLength(3);
  });

  test('anew when the daemon was started again in the middle of it', async () => {
    const { proofs, at, require } = scene();
    at.connection = 1;
    let isProved = false;
    const start = require().then(() => {
      isProved = true;
    });
    at.connection = 2;
    proofs[0]?.resolve();
    while (proofs.length < 2) await Promise.resolve();
    expect(isProved).toBe(false);
    proofs[1]?.resolve();
    await start;
    await require();
    expect(proofs).toHaveLength(2);
  });

  test('never where the settings do without', async () => {
    const { proofs, require } = scene({ isUnfenced: true });
    await require();
    expect(proofs).toEqual([]);
  });
});
