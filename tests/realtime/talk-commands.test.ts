import { expect, test } from 'bun:test';
import { formatSafetyNumber } from '../../src/client/index.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse } from './house.ts';
import { graceTalks, whoUntil } from './talk-house.ts';

test('/number prints the number that the others have, in groups, and says what to do with it', async () => {
  await using house = await openHouse();
  const { grace, linus } = await graceTalks(house);
  await grace.prints(/\/number shows the safety number to compare with the others/);
  const { room } = await linus();
  await grace.prints(/linus joined/);
  await eventually(() => room.safetyNumber() !== undefined && room.hasKey);
  grace.type('/number');
  const said = await grace.prints(/safety number:\n( +\d{5}( \d{5}){3}\n){3} +Read it to the others/);
  expect(said).toContain('/verify <name>');
  const digits = /safety number:\n([\d\s]+)/.exec(said)?.[1]?.trim().replaceAll(/\s+/g, ' ');
  expect(digits).toBe(formatSafetyNumber(room.safetyNumber() ?? ''));
  await grace.end();
});

test('/who names those who are here and those who are away with the key; /verify confirms, until a key is new', async () => {
  await using house = await openHouse();
  const { grace, linus } = await graceTalks(house);
  const { session, client, room } = await linus();
  await eventually(() => room.hasKey);
  await whoUntil(grace, /\* 2 people are here: grace \(you\), linus\n/);
  grace.type('/verify');
  await grace.prints(/\* verified: nobody; not verified: linus\. Compare \/number, then \/verify <name>\.\n/);
  grace.type('/verify ada');
  await grace.prints(/\* there is no one else called "ada" here; \/who lists who is\n/);
  grace.type('/verify Linus');
  await grace.prints(
    /\* linus is verified\. You are told when a key of theirs is new\. This is forgotten when you leave\.\n/,
  );
  client.close();
  await whoUntil(grace, /\* 1 person is here: grace \(you\)\n\* away, with the key: linus \(verified\)\n/);
  const another = await house.client(await house.given.session(session));
  await another.join(room.chatId);
  await grace.prints(
    /\* linus has a new key: compare safety numbers \(\/number\)\. You verified linus before this key; they are not verified now\.\n/,
  );
  grace.type('/verify linus');
  await grace.prints(/\* linus is verified[\s\S]*\* linus is verified/);
  grace.type('/unverify linus');
  await grace.prints(/\* linus is not verified\n/);
  grace.type('/help');
  await grace.prints(/\/who .*\n[\s\S]*\/number .*\n[\s\S]*\/verify <name> .*\n/);
  await grace.end();
});

test('with --verified nobody can read before they are verified, and it says so', async () => {
  await using house = await openHouse();
  const { grace, linus } = await graceTalks(house, '--verified');
  const { room } = await linus();
  await grace.prints(/\* linus cannot read you, since they are not verified: compare \/number, then \/verify linus\n/);
  grace.type('for the verified');
  await grace.prints(/grace: for the verified/);
  expect(room.hasKey).toBe(false);
  grace.type('/verify linus');
  await eventually(() => room.messages.some(({ body }) => body === 'for the verified'));
  await grace.end();
});
