import type { ClientLifeEvents } from '../client-events.ts';
import { Emitter } from '../emitter.ts';
import type { PortalRest } from '../link/rest.ts';

/** The operations of the server by their groups, as a client has them: `client.chats.ban(7, { user_id: 42 })`. */
export abstract class RestGroups extends Emitter<ClientLifeEvents> {
  abstract readonly rest: PortalRest;

  /** Signing in and out. */
  get auth() {
    return this.rest.auth;
  }

  /** Oneself and others. */
  get users() {
    return this.rest.users;
  }

  /** Chats, and order in them. */
  get chats() {
    return this.rest.chats;
  }

  /** Invites to private chats. */
  get invites() {
    return this.rest.invites;
  }

  /** Sealed messages; a `ChatRoom` opens them. */
  get messages() {
    return this.rest.messages;
  }

  /** The shared browsers of chats; `ChatRoom.browser` has the pictures. */
  get browser() {
    return this.rest.browser;
  }

  /** Notifications and announcements. */
  get notifications() {
    return this.rest.notifications;
  }

  /** The bots of the instance. */
  get bots() {
    return this.rest.bots;
  }

  /** The instance's name and health. */
  get instance() {
    return this.rest.instance;
  }

  get statistics() {
    return this.rest.statistics;
  }

  /** Running the instance, for its staff. */
  get admin() {
    return this.rest.admin;
  }
}
