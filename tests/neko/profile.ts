/** What a member may do. Field by field as on n.eko's wire. */
export type Profile = {
  name: string;
  is_admin: boolean;
  can_login: boolean;
  can_connect: boolean;
  can_watch: boolean;
  can_host: boolean;
  can_share_media: boolean;
  can_access_clipboard: boolean;
  sends_inactive_cursor: boolean;
  can_see_inactive_cursors: boolean;
  plugins: Record<string, unknown> | null;
};

export type State = {
  is_connected: boolean;
  connected_since?: string;
  not_connected_since?: string;
  is_watching: boolean;
  watching_since?: string;
  not_watching_since?: string;
};

export type RoomSettings = {
  private_mode: boolean;
  locked_logins: boolean;
  locked_controls: boolean;
  control_protection: boolean;
  implicit_hosting: boolean;
  inactive_cursors: boolean;
  merciful_reconnect: boolean;
  heartbeat_interval: number;
  plugins: Record<string, unknown> | null;
};

export const NO_PROFILE: Readonly<Profile> = {
  name: '',
  is_admin: false,
  can_login: false,
  can_connect: false,
  can_watch: false,
  can_host: false,
  can_share_media: false,
  can_access_clipboard: false,
  sends_inactive_cursor: false,
  can_see_inactive_cursors: false,
  plugins: null,
};

/** What members get that are made without a word of it: they may host. */
export const NEW_MEMBER: Readonly<Profile> = {
  ...NO_PROFILE,
  can_login: true,
  can_connect: true,
  can_watch: true,
  can_host: true,
  can_share_media: true,
  can_access_clipboard: true,
  sends_inactive_cursor: true,
  can_see_inactive_cursors: true,
};

export const API_PROFILE: Readonly<Profile> = {
  ...NO_PROFILE,
  name: 'API Session',
  is_admin: true,
  can_login: true,
  can_watch: true,
  can_host: true,
  can_access_clipboard: true,
};

/** Go reads names in any case, and takes the last of several that differ in it alone. */
export function namesAsGo(json: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name.toLowerCase(), value as unknown]));
}

/**
 * Decodes JSON into a copy of `into`, as Go does: unknown fields are passed over, null and missing ones leave what there was,
 * and a wrong type spoils it all.
 */
export function decodeInto<Target extends object>(into: Target, json: unknown): Target | undefined {
  if (json === null) return { ...into };
  if (typeof json !== 'object' || Array.isArray(json)) return undefined;
  const decoded = { ...into } as Record<string, unknown>;
  for (const [name, value] of Object.entries(namesAsGo(json))) {
    if (!(name in into) || value === null) continue;
    const before = (into as Record<string, unknown>)[name];
    const fits =
      before === null || typeof before === 'object'
        ? typeof value === 'object'
        : typeof value === typeof before && !(typeof value === 'number' && !Number.isInteger(value));
    if (!fits) return undefined;
    decoded[name] = value;
  }
  return decoded as Target;
}
