/**
 * Prints what each attack comes to against a client library, by default this one:
 * `bun tests/adversary/against.ts [path of another library’s index.ts] [verified]`
 */
import { resolve } from 'node:path';
import { KEY_ATTACKS } from './key-attacks.ts';
import { MESSAGE_ATTACKS } from './message-attacks.ts';
import { type Library, openWorld } from './world.ts';

const [path = 'src/client/index.ts', trust] = process.argv.slice(2);
const library = (await import(resolve(path))) as Library;

for (const [name, attack] of Object.entries({ ...KEY_ATTACKS, ...MESSAGE_ATTACKS })) {
  const world = await openWorld(library, trust === 'verified' ? { trust } : {});
  const outcome = await attack(world).catch((error: Error) => ({ failed: error.message }));
  await world.close();
  process.stdout.write(`${name}: ${JSON.stringify(outcome)}\n`);
}
process.exit(0);
