import type { Answer } from '../support/caller.ts';
import { type House, openHouse, type Payload, type Visitor } from './house.ts';

export const MATCH = '/v1/portal/match';
export type Session = { token: string; sessionId: string };
export type At = Pick<House, 'as'>;

export const still = () => openHouse({ realTime: false });
export const search = (house: At, who: Session, ...interests: string[]): Promise<Answer> =>
  house.as(who).post(MATCH, { interests });
export const leave = (house: At, who: Session): Promise<Answer> => house.as(who).post(`${MATCH}/leave`);
export const statusOf = async (house: At, who: Session) => (await house.as(who).get(`${MATCH}/status`)).body as Payload;
export const lastState = (visitor: Visitor) => visitor.all('match:state').at(-1);

/** Two strangers, connected. */
export async function two(house: House) {
  const [one, other] = [await house.given.stranger(), await house.given.stranger()];
  return { one, other, here: await house.dial(one), there: await house.dial(other) };
}

/** Two who have met by `music`. */
export async function met(house: House) {
  const both = await two(house);
  await search(house, both.one, 'music');
  const { chat_id } = (await search(house, both.other, 'music')).body;
  await both.here.heard('match:found');
  return { ...both, chat_id };
}
