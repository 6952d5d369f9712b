import { Level } from '../../src/core/principal.ts';
import type { Chat, Person } from '../support/given.ts';
import type { House, Payload, Visitor } from './house.ts';

/** `bob` is about to lose his access; `staff` are Owners of the platform. */
export type AccessScene = {
  house: Pick<House, 'timers' | 'as' | 'given'>;
  chat: Pick<Chat, 'id' | 'owner'>;
  bob: Person;
  bobs: Pick<Visitor, 'call'>;
  staff: Person;
};

export type Way = {
  title: string;
  visibility?: 'public';
  level?: Level;
  isMember?: boolean;
  /** Who may be in the room may watch again. */
  mayReturn?: true;
  /** Nobody watches afterwards. */
  endsForAll?: true;
  end(scene: AccessScene): Promise<Payload>;
};

const reason = 'Spam';
const soon = ({ house }: AccessScene) => new Date(house.timers.now() + 600_000).toISOString();
export const asOwner = ({ house, chat }: AccessScene, path: string, body?: object) =>
  house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/${path}`, body);
const asStaff = ({ house, staff }: AccessScene, path: string, body?: object) =>
  house.as(staff).post(`/v1/admin/${path}`, body);

/** What ends a person's right to be there. */
export const ACCESS_ENDS: readonly Way[] = [
  { title: 'a kick', end: (at) => asOwner(at, 'kick', { user_id: at.bob.id }) },
  { title: 'a ban', end: (at) => asOwner(at, 'ban', { user_id: at.bob.id }) },
  { title: 'a ban from an open chat', visibility: 'public', end: (at) => asOwner(at, 'ban', { user_id: at.bob.id }) },
  { title: 'leaving the chat', end: ({ house, chat, bob }) => house.as(bob).post(`/v1/portal/chats/${chat.id}/leave`) },
  {
    title: 'leaving the room',
    mayReturn: true,
    end: ({ chat, bobs }) => bobs.call('room:leave', { chat_id: chat.id }),
  },
  { title: 'signing out elsewhere', end: ({ house, bob }) => house.as(bob).post('/v1/authentication/logout') },
  {
    title: 'the end of the session by its owner',
    async end({ house, bob }) {
      const other = await house.given.session(bob);
      return house.as(other).post('/v1/users/me/sessions/destroy', { token_suffix: bob.token.slice(-6) });
    },
  },
  {
    title: 'a time-out',
    end: (at) => asStaff(at, `users/${at.bob.id}/timeout`, { reason, expires_at: soon(at) }),
  },
  { title: 'a ban from the platform', end: (at) => asStaff(at, `users/${at.bob.id}/ban`, { reason }) },
  { title: 'the end of the account', end: (at) => asStaff(at, `users/${at.bob.id}/delete`) },
  {
    title: 'a chat that turns private',
    visibility: 'public',
    isMember: false,
    end: (at) => asOwner(at, 'config/update', { slug: null }),
  },
  {
    title: 'a lower level',
    level: Level.Admin,
    isMember: false,
    end: (at) => asStaff(at, `users/${at.bob.id}/permission`, { permission_level: 0 }),
  },
  { title: 'the end of the chat', endsForAll: true, end: (at) => asOwner(at, 'delete') },
];
