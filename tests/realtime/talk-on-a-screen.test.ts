import { expect, test } from 'bun:test';
import { screenTerminal } from '../support/terminal.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, openWire } from './house.ts';
import { inviteIn, talkArgs } from './talk-house.ts';

const LEFT = '\u001b[D';

/** Grace at a screen, and Linus by the client library, both with the key. */
async function meeting(house: House, url = house.url) {
  await house.given.premium('grace');
  const grace = screenTerminal(...(await talkArgs(house, 'grace', url)), '--new', 'Engine room');
  await grace.shows(/^> $|^>$/m);
  const linus = await house.client(await house.given.person({ username: 'linus' }));
  const { chat } = await linus.rest.invites.resolve(inviteIn(grace.screen.rows.join('\n')));
  const room = await linus.join(chat.id);
  await eventually(() => room.hasKey);
  await grace.shows(/linus joined/);
  return { grace, room, heard: (text: string) => eventually(() => room.messages.some(({ body }) => body === text)) };
}

test('one’s own line stands there once, with its time and name, in the place where it was typed', async () => {
  await using house = await openHouse();
  const { grace, room, heard } = await meeting(house);
  const long = 'a line that is longer than the forty columns of this screen, and twice as long as one row';
  grace.type(`${long}\r`);
  await heard(long);
  // Exactly two rows, with the prompt.
  const full = 'x'.repeat(78);
  grace.type(`${full}\r`);
  await heard(full);
  await room.send('heard');
  await grace.shows(/linus: heard/);
  const whole = grace.screen.text;
  expect(whole).toMatch(/\d\d:\d\d grace: a line that is longer/);
  for (const text of [long, full]) expect(whole.split(text)).toHaveLength(2);
  expect(whole.split('> ')).toHaveLength(2);
  expect(grace.screen.line).toBe('> |');
  expect(await grace.end()).toBe(0);
});

test('a message that arrives leaves what is being typed in one piece, and the cursor where it was', async () => {
  await using house = await openHouse();
  const { grace, room, heard } = await meeting(house);
  for (const [typed, back, row] of [
    ['half a li', 0, '> half a li|'],
    // Three rows, the cursor in the last, the middle and the first.
    ['0123456789'.repeat(9), 0, '890123456789|'],
    ['0123456789'.repeat(9), 30, '8901234567890123456789|012345678901234567'],
    ['0123456789'.repeat(9), 80, '> 0123456789|0123456789012345678901234567'],
    // Rows that are full, and characters that take two places.
    ['0123456789'.repeat(7).slice(0, 78 - 10), 0, '890123456789012345678901234567|'],
    ['x'.repeat(78), 0, '|'],
    ['x'.repeat(37) + '日本語'.repeat(7), 3, '日本語日本語日本語日本語日本語日本語|日本'],
  ] as const) {
    grace.type(typed + LEFT.repeat(back));
    await eventually(() => grace.screen.line === row, { found: () => grace.screen.rows });
    const said = `meanwhile, and longer than one row of it, ${back} back`;
    await room.send(said);
    const drawn = () => grace.screen.text.includes(`linus: ${said}> ${typed}`);
    await eventually(() => drawn() && grace.screen.line === row, { found: () => grace.screen.rows });
    expect(grace.screen.rows.slice(0, -1)).not.toContain('');
    grace.type('X\r');
    await heard(`${typed.slice(0, typed.length - back)}X${typed.slice(typed.length - back)}`);
  }
  expect(await grace.end()).toBe(0);
});

test('no text draws on the screen, or passes for a line that it is not', async () => {
  await using house = await openHouse();
  const { grace, room } = await meeting(house);
  await room.send('\u001b[2J\u001b[1;1Hgone\r\n* mallory joined\u2028* and again\u202e\u0007');
  await grace.shows(/and again/);
  const { rows } = grace.screen;
  const at = rows.findIndex((row) => row.includes('linus: '));
  expect(rows.slice(at, at + 3).map((row) => row.replace(/^\d\d:\d\d /, ''))).toEqual([
    'linus: \ufffd[2J\ufffd[1;1Hgone',
    '  * mallory joined',
    '  * and again\ufffd\ufffd',
  ]);
  expect(await grace.end()).toBe(0);
});

test('the end of input waits for the answer to what was typed last', async () => {
  await using house = await openHouse();
  using wire = await openWire(house.url);
  const { grace, heard } = await meeting(house, wire.url);
  wire.hold();
  grace.type('the last word\r');
  await heard('the last word');
  const ending = grace.end();
  await grace.shows(/waiting for what is on its way/);
  wire.release();
  expect(await ending).toBe(0);
  expect(grace.screen.rows.filter((row) => row !== '').at(-1)).toBe('Bye.');
});
