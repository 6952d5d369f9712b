import type { EventBus } from '../../../core/events.ts';
import { personOf } from '../../../core/principal.ts';
import type { ConnectionsEvent } from '../../people/sessions/connections.events.ts';
import type { SessionsEvent } from '../../people/sessions/sessions.events.ts';
import type { StrangersEvent } from '../../people/strangers/strangers.events.ts';
import type { DirectEvent } from '../direct/direct.events.ts';
import type { ReportsEvent } from '../reports/reports.events.ts';
import type { Match } from './match.service.ts';
import type { StateTeller } from './state-teller.ts';

type Deps = {
  events: EventBus<ConnectionsEvent | SessionsEvent | StrangersEvent | DirectEvent | ReportsEvent>;
  match: Match;
  stateTeller: StateTeller;
};

export function fanOutMatch({ events, match, stateTeller }: Deps): void {
  events.on('person.connected', async ({ person, sessionId, firstOfSession }) => {
    if (firstOfSession) await match.noteSockets(person, sessionId);
    stateTeller.tell(person, sessionId);
  });
  events.on('person.disconnected', async ({ person, sessionId, lastOfSession }) => {
    if (lastOfSession) await match.noteSockets(person, sessionId);
  });

  events.on('session.ended', ({ sessionId, userId }) => match.endOfSession(personOf({ sessionId, userId }), sessionId));

  events.on('stranger.blocked', ({ person }) => match.endAllOf(person));

  events.on('report.made', async ({ reporter, reported, isOnHold }) => {
    await match.keepApart(reporter, reported);
    if (isOnHold) await match.endAllOf(reported);
  });

  events.on('direct.began', async ({ sides }) => {
    for (const { person } of sides) await stateTeller.tellAll(person);
  });
  events.on('direct.ended', async ({ people }) => {
    const [one, other] = people;
    if (one && other) await match.parted(one, other);
    for (const person of people) await stateTeller.tellAll(person);
  });
  events.on('direct.purged', async ({ people }) => {
    for (const person of people) await stateTeller.tellAll(person);
  });
}
