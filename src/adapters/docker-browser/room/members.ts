import { SECOND_MS } from '../../../core/durations.ts';
import { type Random, randomBase62 } from '../../../core/random.ts';
import { type NekoApi, NekoRefusal, NekoSilence, objectIn } from './neko-api.ts';

type Profile = Record<string, boolean>;

/** Nobody may host but the one who drives, so that n.eko itself drops everybody else's input. */
const PROFILE: Profile = {
  is_admin: false,
  can_login: true,
  can_connect: true,
  can_watch: true,
  can_host: false,
  can_share_media: false,
  can_access_clipboard: true,
  sends_inactive_cursor: true,
  can_see_inactive_cursors: true,
};

/** Hears of everything, and shows nothing. */
const WATCHER: Profile = { ...PROFILE, is_admin: true, can_watch: false, can_access_clipboard: false };

/** n.eko's own rules stay out of the way of Portal's. */
const SETTINGS = {
  private_mode: false,
  locked_logins: false,
  locked_controls: false,
  control_protection: false,
  implicit_hosting: false,
  inactive_cursors: true,
  merciful_reconnect: true,
};

/** The second time it may only have been slow. */
const END_MS = [SECOND_MS, 2.5 * SECOND_MS];
const PASSWORD_LENGTH = 40;

const sessionPath = (name: string) => `/api/sessions/${encodeURIComponent(name)}`;
const memberPath = (name: string) => `/api/members/${encodeURIComponent(name)}`;

/** Who is in the room, for n.eko. Passwords and tokens are random, and known here alone. */
export class Members {
  readonly #api: NekoApi;
  readonly #random: Random;

  constructor(api: NekoApi, random: Random) {
    this.#api = api;
    this.#random = random;
  }

  /** Makes a member and signs it in: the token of its session. @throws NekoSilence, NekoRefusal */
  async enter(name: string, as: 'viewer' | 'watcher' = 'viewer'): Promise<string> {
    const password = randomBase62(this.#random, PASSWORD_LENGTH);
    const profile = { name, ...(as === 'watcher' ? WATCHER : PROFILE), plugins: {} };
    const member = { username: name, password, profile };
    const made = await this.#api.call('POST', '/api/members', { body: member });
    if (made.status === ALREADY_THERE) {
      await this.end(name);
      await this.#api.require('POST', '/api/members', { body: member });
    } else if (made.status !== 200) throw new NekoRefusal('/api/members', made.status);
    const body = { username: name, password };
    const login = await this.#api.require('POST', '/api/login', { body, token: null });
    const { token } = objectIn(login);
    if (typeof token !== 'string' || token === '') throw new NekoRefusal('/api/login', login.status);
    return token;
  }

  /**
   * Ends a member's session, and with it its picture and its input; then the member.
   *
   * @throws NekoSilence, NekoRefusal when the picture may go on
   */
  async end(name: string): Promise<void> {
    let failure: unknown;
    for (const withinMs of END_MS) {
      try {
        await this.#end(name, withinMs);
        return;
      } catch (error) {
        // Nothing runs there that could send a picture.
        if (error instanceof NekoSilence && error.isRefused) return;
        failure = error;
      }
    }
    throw failure;
  }

  async #end(name: string, withinMs: number): Promise<void> {
    const { status } = await this.#api.call('DELETE', sessionPath(name), { withinMs });
    if (![200, 204, 400, 404].includes(status)) throw new NekoRefusal(sessionPath(name), status);
    await this.#api.call('DELETE', memberPath(name), { withinMs });
  }

  /** Lets a member drive. @throws NekoSilence, NekoRefusal */
  async grant(name: string): Promise<void> {
    await this.#api.require('POST', memberPath(name), { body: { can_host: true } });
    await this.#api.require('POST', `/api/room/control/give/${encodeURIComponent(name)}`);
  }

  /** Takes it back; what the member holds down goes up. @throws NekoSilence, NekoRefusal */
  async revoke(name: string): Promise<void> {
    // Without a host no input counts, and keys go up with this alone.
    await this.#api.call('POST', '/api/room/control/reset');
    const { status } = await this.#api.call('POST', memberPath(name), { body: { can_host: false } });
    if (![200, 204, 404].includes(status)) throw new NekoRefusal(memberPath(name), status);
  }

  /** Puts everyone out, also those of an earlier run of the server, and sets the room's own rules. @throws NekoSilence, NekoRefusal */
  async begin(): Promise<void> {
    const names = new Set<string>();
    for (const path of ['/api/sessions', '/api/members']) {
      const { bytes } = await this.#api.require('GET', path);
      for (const name of idsIn(bytes)) names.add(name);
    }
    for (const name of names) await this.end(name);
    await this.#api.require('POST', '/api/room/settings', { body: SETTINGS });
  }
}

const ALREADY_THERE = 422;

function idsIn(bytes: Uint8Array): string[] {
  const list: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!Array.isArray(list)) return [];
  return list.map((one: { id?: unknown } | null) => one?.id).filter((id) => typeof id === 'string');
}
