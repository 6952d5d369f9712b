/** Realistic values for the examples of live events. */

const CHAT = 7;
const ADA = { session_id: 'OwtFyWiDQUp6TEhIbvsNMa', public_key: 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=' };
const GRACE = {
  session_id: 'owP0Cbwv7v0OAmJEUEte0P',
  public_key: 'neabqxn5rclWSg4d2EDFyIQIaNILlOZAX9bzoUVPjTM=',
  signing_key: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
};
const SENDER = { sender_session_id: GRACE.session_id, sender_public_key: GRACE.public_key };

export const SESSION = GRACE.session_id;
export const BLOB = 'PYqwj5Qoz3sr/RTkESHZk2m1yq9l3nN0cW2sVd8oY7uJbTgKxE4fRhQzAaMiLpGdCvBwXnUkOtSeFyIjH5671c3D';
export const CONTENT = `{"v":2,"epoch":2,"ct":"${'S4BmiFEvysQtYHMk'.repeat(6)}"}`;

const MEMBER = { id: 42, username: 'grace', avatar_url: null, permission_level: 0, sessions: [GRACE] };

export const JOINED = {
  session_id: ADA.session_id,
  chat: {
    id: CHAT,
    chat_type: 'group',
    name: 'Engine room',
    owner: { id: 42, username: 'grace', avatar_url: null },
    visibility: 'private',
    label: null,
    slug: null,
    description: null,
    avatar_url: null,
    archived: false,
  },
  members: [MEMBER, { ...MEMBER, id: 43, username: 'ada', sessions: [{ ...ADA, signing_key: null }] }],
  count: 2,
  epoch: 2,
  key: { blob: BLOB, ...SENDER },
  browser: null,
  control: null,
  muted: null,
  online: true,
};

export const MESSAGE = {
  chat_id: CHAT,
  chat_name: 'Engine room',
  id: '1795918303344-0',
  prev_id: '1795918303035-0',
  sender: { id: 42, username: 'grace', avatar_url: null },
  permission_level: 0,
  content: CONTENT,
  type: 'user',
  epoch: '0000000000000002',
  timestamp: '2026-11-29T02:11:43.344Z',
};

export const KEY_REQUEST = { chat_id: CHAT, epoch: 2, generate: false, recipients: [{ user_id: 42, ...GRACE }] };
export const KEY_SHARED = { chat_id: CHAT, epoch: 2, blob: BLOB, ...SENDER };
export const KEY_ADDED = { chat_id: CHAT, user_id: 42, ...GRACE };
export const KEY_REMOVED = { chat_id: CHAT, user_id: 42, session_id: GRACE.session_id };
export const MEMBERS = { chat_id: CHAT, joined: [MEMBER], left: [44], count: 2 };
export const FOUND = {
  chat_id: CHAT,
  token: 'cKq3Xh0b1ZkR7yP2mT5wV8nS4dG6jL9aE0fH1uQ2oI3',
  peer: { alias: 'ghostly-stranger', avatar_url: null, is_stranger: true, country_code: 'AT' },
  interests: ['music'],
  expires_at: '2026-02-01T18:00:00.000Z',
};
