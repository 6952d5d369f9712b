import { Type } from '@sinclair/typebox';
import { CONSOLE } from '../../core/principal.ts';
import { CreateAnnouncementBody } from '../../modules/people/announcements/announcements.model.ts';
import { SendNotificationBody } from '../../modules/people/notifications/notifications.model.ts';
import { idOf, type Operation, operation } from './operation.ts';

const { user_ids: _, ...notice } = SendNotificationBody.properties;
const usernames = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 1000 });

/** The command waits for the last recipient: there may be no server to deliver the rest. */
const PATIENCE_MS = Number.POSITIVE_INFINITY;

/** Notifications and announcements. */
export const announcementOperations: readonly Operation[] = [
  operation({
    name: 'notify',
    args: Type.Object({ ...notice, usernames: Type.Optional(usernames) }),
    async run(portal, { usernames: names, ...body }) {
      const { broadcasts } = portal.modules;
      if (!names) return broadcasts.send(CONSOLE, body, PATIENCE_MS);
      const user_ids = await Promise.all(names.map((name) => idOf(portal, name)));
      return broadcasts.send(CONSOLE, { ...body, user_ids }, PATIENCE_MS);
    },
  }),
  operation({
    name: 'announcement.create',
    args: CreateAnnouncementBody,
    run: ({ modules: { announcements } }, body) => announcements.create(CONSOLE, body),
  }),
  operation({
    name: 'announcement.list',
    args: Type.Object({}),
    run: ({ modules: { announcements } }) => announcements.list(),
  }),
  operation({
    name: 'announcement.delete',
    args: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
    run: ({ modules: { announcements } }, { id }) => announcements.delete(CONSOLE, id),
  }),
];
