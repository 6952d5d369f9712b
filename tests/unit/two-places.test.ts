import { expect, test } from 'bun:test';
import { marksOf } from '../support/two-places.ts';

test.each([
  [
    'a time is recognised as a whole, so that two things within one hour have nothing in common',
    '2026-11-29T09:59:59.998Z',
  ],
  ['so is the id of a message', '1795947492361-0'],
])('%s', (_, value) => {
  expect(marksOf({ value })).toEqual([value]);
});

test('a long word and a number within a text are recognised', () => {
  expect(marksOf({ value: 'user 700001 has eDYHHoDelb6hwalajrYZHO' })).toEqual([
    'user 700001 has eDYHHoDelb6hwalajrYZHO',
    'eDYHHoDelb6hwalajrYZHO',
    '700001',
  ]);
});
