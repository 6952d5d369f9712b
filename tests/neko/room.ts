import type { Timers } from '../../src/core/clock.ts';
import type { Desktop } from './desktop.ts';
import { API_PROFILE, type Profile, type RoomSettings } from './profile.ts';
import { Session, type SessionEvents } from './session.ts';
import type { NekoSettings } from './settings.ts';

const CURSORS_EVERY_MS = 750;

/** Everybody in a room, who hosts, and what all are told. Gone with its process. */
export class Room {
  readonly settings: NekoSettings;
  readonly desktop: Desktop;
  readonly timers: Timers;
  readonly api: Session | undefined;
  readonly #sessions = new Map<string, Session>();
  readonly #cursors = new Map<Session, { x: number; y: number }[]>();
  /** Sessions that were deleted while their peer was still connecting: nobody ends that one any more. */
  readonly deleted: Session[] = [];
  #wereCursors = false;
  rules: RoomSettings;
  /** May be of a session that is gone; one of the same name is the host then. */
  hostId = '';
  totalUsers = 0;
  totalAdmins = 0;

  constructor(settings: NekoSettings, desktop: Desktop, timers: Timers) {
    this.settings = settings;
    this.desktop = desktop;
    this.timers = timers;
    this.rules = {
      private_mode: false,
      locked_logins: false,
      locked_controls: settings.lockedControls,
      control_protection: settings.controlProtection,
      implicit_hosting: settings.implicitHosting,
      inactive_cursors: settings.inactiveCursors,
      merciful_reconnect: settings.mercifulReconnect,
      heartbeat_interval: 10,
      plugins: null,
    };
    this.api = settings.apiToken ? this.#session('API', settings.apiToken, { ...API_PROFILE }) : undefined;
    desktop.onClipboard = () => {
      const host = this.host;
      if (host?.profile.can_access_clipboard) {
        host.send('clipboard/updated', { text: desktop.clipboard?.text ?? '' });
      }
    };
    this.#tellCursors();
  }

  get sessions(): Session[] {
    return [...this.#sessions.values()];
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  findByToken(token: string): Session | undefined {
    if (this.api?.token === token) return this.api;
    return this.sessions.find((session) => session.token === token);
  }

  /** Undefined also while the API session hosts, which is not in the list. */
  get host(): Session | undefined {
    return this.#sessions.get(this.hostId);
  }

  isHost(session: Session): boolean {
    return this.hostId === session.id;
  }

  setHost(by: Session, host: Session | undefined): void {
    this.hostId = host?.id ?? '';
    this.broadcast('control/host', { id: by.id, has_host: host !== undefined, ...(host && { host_id: host.id }) });
  }

  create(id: string, profile: Profile): Session {
    const session = this.#session(id, newToken(), { ...profile });
    this.#sessions.set(id, session);
    this.broadcast('session/created', session.view);
    return session;
  }

  /** False: there is none. */
  update(id: string, profile: Profile): boolean {
    const session = this.#sessions.get(id);
    if (!session) return false;
    session.profile = { ...profile };
    this.broadcast('session/profile', { id, ...profile });
    if (!profile.can_host && this.isHost(session)) this.setHost(session, undefined);
    session.profileChanged();
    session.peer?.setPaused(this.isPaused(session));
    return true;
  }

  /** False: there is none. A peer that is still connecting lives on, and shows its picture once it is connected. */
  delete(id: string): boolean {
    const session = this.#sessions.get(id);
    if (!session) return false;
    this.#sessions.delete(id);
    this.deleted.push(session);
    this.#end(session, 'session deleted');
    this.broadcast('session/deleted', { id });
    return true;
  }

  disconnect(id: string): boolean {
    const session = this.#sessions.get(id);
    if (session) this.#end(session, 'session disconnected');
    return session !== undefined;
  }

  isPrivateFor(session: Session): boolean {
    return this.rules.private_mode && !session.profile.is_admin;
  }

  isPaused(session: Session): boolean {
    return session.isVideoOff || this.isPrivateFor(session);
  }

  broadcast(event: string, payload: unknown, but?: string): void {
    for (const session of this.sessions) {
      if (session.state.is_connected && session.id !== but) session.send(event, payload);
    }
  }

  changeRules(by: Session, rules: RoomSettings): void {
    const old = this.rules;
    this.rules = rules;
    if (old.private_mode !== rules.private_mode) {
      for (const session of this.sessions) {
        if (this.isPrivateFor(session) && this.isHost(session)) this.setHost(by, undefined);
        session.peer?.setPaused(this.isPaused(session));
      }
    }
    const isProtected = rules.control_protection && !old.control_protection && !rules.locked_controls;
    if (isProtected && !this.#hasAdmin()) this.rules = { ...rules, locked_controls: true };
    const host = this.host;
    if (!old.locked_controls && this.rules.locked_controls && host && !host.profile.is_admin)
      this.setHost(by, undefined);
    this.broadcast('system/settings', { id: by.id, ...this.rules });
  }

  addCursor(session: Session, x: number, y: number): void {
    if (!this.rules.inactive_cursors || !session.profile.sends_inactive_cursor) return;
    this.#cursors.set(session, [...(this.#cursors.get(session) ?? []), { x, y }]);
  }

  /** Wrong after sockets were replaced: those are counted, and never taken off. */
  stats(): object {
    const host = this.host;
    return {
      has_host: host !== undefined,
      ...(host && { host_id: host.id }),
      server_started_at: new Date(this.timers.now()).toISOString(),
      total_users: this.totalUsers,
      last_user_left_at: null,
      total_admins: this.totalAdmins,
      last_admin_left_at: null,
    };
  }

  #end(session: Session, reason: string): void {
    if (session.state.is_connected) session.destroyLine(reason);
    if (session.state.is_watching) session.peer?.destroy();
  }

  #session(id: string, token: string, profile: Profile): Session {
    const events: SessionEvents = {
      connected: (it) => this.#connected(it),
      disconnected: (it) => this.#disconnected(it),
      watching: (it) => this.#tellState(it),
      counted: (it, by) => {
        if (it.profile.is_admin) this.totalAdmins += by;
        else this.totalUsers += by;
      },
    };
    return new Session(id, token, profile, this.timers, events);
  }

  #connected(session: Session): void {
    const { screen, videoIds, screencast, chat, fileTransfer } = this.settings;
    const host = this.host;
    session.send('system/init', {
      session_id: session.id,
      control_host: { id: '', has_host: host !== undefined, ...(host && { host_id: host.id }) },
      screen_size: this.desktop.screen,
      sessions: Object.fromEntries(this.sessions.map((one) => [one.id, one.view])),
      settings: this.rules,
      touch_events: true,
      screencast_enabled: screencast,
      webrtc: { videos: videoIds },
    });
    if (session.profile.is_admin) {
      session.send('system/admin', { screen_sizes_list: [screen], broadcast_status: { is_active: false } });
      if (this.rules.locked_controls && this.rules.control_protection) {
        this.changeRules(session, { ...this.rules, locked_controls: false });
      }
    }
    this.#tellState(session);
    session.send('chat/init', { enabled: chat });
    session.send('filetransfer/update', { enabled: fileTransfer, root_dir: '/home/neko/Downloads', files: [] });
  }

  #disconnected(session: Session): void {
    if (this.isHost(session)) {
      this.desktop.resetKeys();
      this.setHost(session, undefined);
    }
    const { control_protection, locked_controls } = this.rules;
    if (session.profile.is_admin && control_protection && !locked_controls && !this.#hasAdmin()) {
      this.changeRules(session, { ...this.rules, locked_controls: true });
    }
    this.#tellState(session);
  }

  #tellState(session: Session): void {
    this.broadcast('session/state', { id: session.id, ...session.state });
  }

  #hasAdmin(): boolean {
    return this.sessions.some(({ profile, state }) => profile.is_admin && state.is_connected);
  }

  #tellCursors(): void {
    this.timers.after(CURSORS_EVERY_MS, () => {
      this.#tellCursors();
      if (!this.rules.inactive_cursors) return;
      const moved = [...this.#cursors].map(([{ id }, cursors]) => ({ id, cursors }));
      this.#cursors.clear();
      if (moved.length === 0 && !this.#wereCursors) return;
      this.#wereCursors = moved.length > 0;
      for (const session of this.sessions) {
        if (session.state.is_connected && session.profile.can_see_inactive_cursors) {
          session.send('session/cursors', moved);
        }
      }
    });
  }
}

export function newToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(48))).toString('base64url');
}
