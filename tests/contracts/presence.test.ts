import { MemoryPresence } from '../../src/adapters/memory/memory-presence.ts';
import { presencePromises } from './presence.suite.ts';

presencePromises('in memory', () => new MemoryPresence());
