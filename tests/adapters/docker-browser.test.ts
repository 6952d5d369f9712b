import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { randomHex } from '../../src/core/random.ts';
import { requireDocker } from '../support/docker-daemon.ts';
import { containersOf, dockerEngine } from '../support/docker-engine.ts';
import { bothEnginesPromise } from './browser-both.suite.ts';

const daemon = await requireDocker();
/** Nothing answers here: the fence holds. */
const NOWHERE = { what: 'host', url: 'http://127.0.0.1:1/' } as const;

if (daemon) {
  bothEnginesPromise('n.eko in Docker', async () => {
    const instance = randomHex(systemRandom, 6);
    const engine = dockerEngine(daemon, { instance, isUnfenced: false, proofTargets: () => [NOWHERE] });
    const leftovers = () => containersOf(daemon, instance);
    return {
      engine,
      url: 'https://site.test/page',
      leftovers,
      async crash(chatId) {
        const all = await leftovers();
        const [container] = all.filter(({ Labels }) => Labels['portal.chat'] === String(chatId));
        await daemon.docker.getContainer(container?.Id ?? '').kill();
      },
      async [Symbol.asyncDispose]() {
        await engine.close();
        for (const { Id } of await leftovers()) await daemon.docker.getContainer(Id).remove({ force: true });
      },
    };
  });
}
