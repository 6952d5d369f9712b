import { test } from 'bun:test';
import { storm } from '../realtime/storm.ts';

const STORMS = 40;
const first = Number(process.env.SEED ?? Date.now() % 1_000_000);
console.log(`SEED=${first}`);

test.each(Array.from({ length: STORMS }, (_, index) => first + index))(
  'whatever all do at once, nobody is left where they may not be (%i)',
  storm,
);
