import {
  badRequest,
  decoded,
  done,
  forbidden,
  internalError,
  json,
  notFound,
  Refusal,
  readBody,
  unauthorized,
  unprocessable,
} from './answers.ts';
import type { Members } from './members.ts';
import { decodeInto, NEW_MEMBER, NO_PROFILE } from './profile.ts';
import type { Room } from './room.ts';
import { answerRoom } from './room-api.ts';
import type { Session } from './session.ts';

export type Api = {
  room: Room;
  members: Members;
  isHung(): boolean;
};

/** What came in: the path below `/api`, split, and not decoded where Go does not decode it. */
export type Call = { method: string; path: string[]; query: URLSearchParams; request: Request; session: Session };

const COOKIE = 'NEKO_SESSION';
const COOKIE_END = 'HttpOnly; Secure; SameSite=None; Max-Age=86400';

/** Answers a request below `/api`, except the socket's. */
export async function answerApi(api: Api, request: Request): Promise<Response> {
  const { path, query } = split(request.url);
  try {
    const name = `${request.method} /${path.join('/')}`;
    if (name === 'POST /login') return await logIn(api, request);
    if (name === 'POST /batch') return await answerBatch(api, request);
    const session = authenticate(api.room, request);
    return await answerSession(api, { method: request.method, path, query, request, session });
  } catch (error) {
    if (error instanceof Refusal) return json({ code: error.code, message: error.message }, error.code);
    throw error;
  }
}

/** Go's router takes the path as it was sent when encoding it again would give another. */
function split(address: string): { path: string[]; query: URLSearchParams } {
  const { pathname, searchParams } = new URL(address);
  const plain = decodeURIComponent(pathname);
  const sent = encodeURI(plain) === pathname ? plain : pathname;
  const path = sent.split('/').slice(2);
  return { path: path.at(-1) === '' ? path.slice(0, -1) : path, query: searchParams };
}

/** Who sent it: by cookie if those are on, by header, by address. */
export function findToken(room: Room, request: Request): string | undefined {
  const cookie =
    room.settings.cookies && new RegExp(`${COOKIE}=([^;]+)`).exec(request.headers.get('cookie') ?? '')?.[1];
  if (cookie) return cookie;
  const parts = (request.headers.get('authorization') ?? '').split('Bearer ');
  if (parts.length === 2) return (parts[1] as string).trim();
  return new URL(request.url).searchParams.get('token') || undefined;
}

function authenticate(room: Room, request: Request): Session {
  const token = findToken(room, request);
  const session = token === undefined ? undefined : room.findByToken(token);
  if (!session) throw unauthorized();
  if (!session.profile.can_login) throw forbidden('login is disabled for this session');
  return session;
}

async function logIn({ room, members }: Api, request: Request): Promise<Response> {
  const { username, password } = decoded(decodeInto({ username: '', password: '' }, await readBody(request)));
  const session = members.logIn(username, password);
  if (session === 'wrong') throw unauthorized();
  if (session === 'locked') throw forbidden('logins are locked');
  if (session === 'connected') throw unprocessable('session already connected');
  const { id, profile, state } = session.view;
  if (!room.settings.cookies) return json({ id, token: session.token, profile, state });
  const answer = json({ id, profile, state });
  answer.headers.set('Set-Cookie', `${COOKIE}=${session.token}; ${COOKIE_END}`);
  return answer;
}

/** Needs no token by itself: each of its requests does, and gets the headers of the whole. */
async function answerBatch(api: Api, request: Request): Promise<Response> {
  const calls = await readBody(request).catch(() => undefined);
  if (!Array.isArray(calls)) throw internalError();
  const answers: object[] = [];
  for (const { path, method, body } of calls as { path: string; method: string; body?: unknown }[]) {
    const refuse = (message: string) => {
      answers.push({ path, method, body: { code: 400, message }, status: 400 });
    };
    if (!path.startsWith('/api')) refuse('this path is not allowed in batch requests');
    else if (path === '/api/batch' || path === '/api/ws') refuse('this path is excluded from batch requests');
    else {
      const { headers } = request;
      const inner = new Request(new URL(path, request.url), {
        method,
        headers,
        ...(method !== 'GET' && body !== undefined && { body: JSON.stringify(body) }),
      });
      const answer = await answerApi(api, inner);
      const text = await answer.text();
      answers.push({ path, method, ...(text && { body: JSON.parse(text) as unknown }), status: answer.status });
    }
  }
  return json(answers);
}

async function answerSession(api: Api, call: Call): Promise<Response> {
  const { room } = api;
  const { method, path, request, session } = call;
  const [area, id, action] = path;
  if (area === 'room') return answerRoom(api, call);
  if (area === 'sessions') return answerSessions(api, call);
  if (area === 'members') return answerMembers(api, call);
  if (area === 'members_bulk' && method === 'POST' && id) return answerBulk(api, call, id);
  if (area === 'chat' && method === 'POST') {
    if (!session.profile.is_admin) throw forbidden('session is not admin');
    if (!room.settings.chat) throw forbidden('not allowed to send chat messages');
    const content = decoded(decodeInto({ text: '' }, await readBody(request)));
    room.broadcast('chat/message', { id: session.id, created: new Date(room.timers.now()).toISOString(), content });
    return done();
  }
  if (area === 'filetransfer' && !room.settings.fileTransfer) throw forbidden('file transfer is disabled');
  switch (action === undefined && id === undefined ? `${method} ${area}` : '') {
    case 'GET whoami':
      return json(session.view);
    case 'GET stats':
      return json(room.stats());
    case 'POST logout':
      if (!room.delete(session.id)) throw badRequest('session is not logged in');
      return json(true);
    case 'POST profile': {
      const sent = decoded(decodeInto(session.profile, await readBody(request)));
      // Those who are no admin change their name, and lose it when they send none.
      const named = decodeInto(NO_PROFILE, { name: sent.name });
      const profile = session.profile.is_admin ? sent : { ...session.profile, name: named?.name ?? '' };
      if (!room.update(session.id, profile)) throw badRequest('session does not exist');
      return json(true);
    }
    default:
      return nothingHere();
  }
}

/** What Go's router says where it knows of nothing. */
export function nothingHere(): Response {
  return new Response('404 page not found\n', {
    status: 404,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  });
}

export const wrongMethod = () => new Response(null, { status: 405 });

function requireAdmin({ session }: Call): void {
  if (!session.profile.is_admin) throw forbidden('session is not admin');
}

function answerSessions({ room }: Api, call: Call): Response {
  const [, id, action] = call.path;
  if (id === undefined) return call.method === 'GET' ? json(room.sessions.map(({ view }) => view)) : wrongMethod();
  requireAdmin(call);
  if (action === 'disconnect' && call.method === 'POST') {
    if (!room.disconnect(id)) throw badRequest('session not found');
    return done();
  }
  if (action !== undefined) return nothingHere();
  if (call.method === 'GET') {
    const session = room.find(id);
    if (!session) throw notFound('session not found');
    return json(session.view);
  }
  if (call.method !== 'DELETE') return wrongMethod();
  if (id === call.session.id) throw badRequest('cannot delete own session');
  if (!room.delete(id)) throw badRequest('session not found');
  return done();
}

async function answerMembers({ members }: Api, call: Call): Promise<Response> {
  const { method, request } = call;
  const [, id, action] = call.path;
  if (id === undefined && method === 'GET') return json(listed(members, call.query));
  requireAdmin(call);
  if (id === undefined) {
    if (method !== 'POST') return wrongMethod();
    const blank = { username: '', password: '', profile: {} };
    const { username, password, profile: sent } = decoded(decodeInto(blank, await readBody(request)));
    const profile = decoded(decodeInto(NEW_MEMBER, sent));
    if (username === '') throw badRequest('username cannot be empty');
    if (password === '') throw badRequest('password cannot be empty');
    if (!members.add(username, password, profile)) throw unprocessable('member already exists');
    return json({ id: username, profile });
  }
  const profile = members.find(id);
  if (!profile) throw notFound('member not found');
  if (action === 'password' && method === 'POST') {
    const { password } = decoded(decodeInto({ password: '' }, await readBody(request)));
    if (!members.setPassword(id, password)) throw internalError();
    return done();
  }
  if (action !== undefined) return nothingHere();
  if (method === 'GET') return json(profile);
  if (method === 'POST') {
    const changed = decoded(decodeInto(profile, await readBody(request)));
    if (!members.update(id, changed)) throw internalError();
    return done();
  }
  if (method !== 'DELETE') return wrongMethod();
  if (!members.remove(id)) throw internalError();
  return done();
}

function listed(members: Members, query: URLSearchParams): object[] {
  const count = (name: string) => Math.max(0, Number.parseInt(query.get(name) ?? '', 10) || 0);
  const [limit, offset] = [count('limit'), count('offset')];
  return members.list().slice(offset, limit === 0 ? undefined : offset + limit);
}

async function answerBulk({ members }: Api, call: Call, what: string): Promise<Response> {
  requireAdmin(call);
  if (what !== 'update' && what !== 'delete') return nothingHere();
  const blank = { ids: [] as string[], profile: {} };
  const { ids, profile: sent } = decoded(decodeInto(blank, await readBody(call.request)));
  for (const id of ids) {
    const failed = internalError(`failed to ${what} member ${id}`);
    const profile = members.find(id);
    if (what === 'delete' ? !members.remove(id) : !profile || !members.update(id, decoded(decodeInto(profile, sent)))) {
      throw failed;
    }
  }
  return done();
}
