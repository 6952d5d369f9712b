import { MemoryOnline } from '../../src/adapters/memory/memory-online.ts';
import { onlinePromises } from './online.suite.ts';

onlinePromises('in memory', () => new MemoryOnline());
