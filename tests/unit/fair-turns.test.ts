import { expect, test } from 'bun:test';
import { FairTurns } from '../../src/realtime/socket-connection.ts';
import { turn } from '../support/waiting.ts';

test('a burst of work runs in its order and lets others in between', async () => {
  const order: (number | 'other')[] = [];
  const turns = new FairTurns();

  const work = Array.from({ length: 100 }, (_, n) => turns.run(async () => void order.push(n)));
  void turn().then(() => order.push('other'));
  await Promise.all(work);

  expect(order.filter((one) => one !== 'other')).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(order.indexOf('other')).toBeLessThan(50);
});

test('a little work runs at once', () => {
  let runs = 0;
  const turns = new FairTurns();
  for (let count = 0; count < 5; count++) void turns.run(async () => void runs++);
  expect(runs).toBe(5);
});

test('work that comes while other work waits comes after it', async () => {
  const order: number[] = [];
  const turns = new FairTurns();
  const early = Array.from({ length: 40 }, (_, n) => turns.run(async () => void order.push(n)));
  await turn();
  await Promise.all([...early, turns.run(async () => void order.push(40))]);
  expect(order).toEqual(Array.from({ length: 41 }, (_, n) => n));
});
