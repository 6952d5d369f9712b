import { MemoryMatchQueue } from '../../src/adapters/memory/memory-match-queue.ts';
import type { Note } from '../support/searches.ts';
import { matchQueuePromises } from './match-queue.suite.ts';

matchQueuePromises('in memory', async (timers) => {
  const queue = new MemoryMatchQueue<Note>(timers);
  return { queue, held: async () => Object.values(queue.held()).reduce((sum, count) => sum + count, 0) };
});
