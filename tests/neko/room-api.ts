import {
  badRequest,
  decoded,
  done,
  forbidden,
  internalError,
  json,
  notFound,
  readBody,
  unprocessable,
} from './answers.ts';
import { type Api, type Call, nothingHere, wrongMethod } from './api.ts';
import { greyJpeg } from './jpeg.ts';
import { decodeInto } from './profile.ts';
import type { Room } from './room.ts';

const FOREVER = new Promise<never>(() => {});
const DEFAULT_QUALITY = 90;
const NO_STORE = 'no-cache, no-store, must-revalidate';
/** The widths that the dummy driver knows; a mode that it does not is made, if its numbers make sense. */
const WIDEST = 8192;

type Guard = (room: Room, call: Call) => void;
type Answer = (api: Api, call: Call) => Response | Promise<Response>;
type Route = { guards: Guard[]; answer: Answer };

const ROUTES: Readonly<Record<string, Route>> = {
  'GET settings': { guards: [admin], answer: ({ room }) => json(room.rules) },
  'POST settings': { guards: [admin], answer: setRules },
  'GET broadcast': { guards: [admin], answer: () => json({ is_active: false }) },
  'GET clipboard': { guards: [canCopy, host], answer: readClipboard },
  'POST clipboard': { guards: [canCopy, host], answer: writeClipboard },
  'GET clipboard/image.png': { guards: [canCopy, host], answer: () => image('image/png', '') },
  'GET keyboard/map': { guards: [canHost], answer: () => json({ layout: 'us', variant: '' }) },
  'POST keyboard/map': { guards: [canHost, host], answer: done },
  'GET keyboard/modifiers': { guards: [canHost], answer: () => json({ shift: false, control: false }) },
  'POST keyboard/modifiers': { guards: [canHost, host], answer: done },
  'GET control': { guards: [canHost], answer: tellControl },
  'POST control/request': { guards: [canHost], answer: requestControl },
  'POST control/release': { guards: [canHost], answer: releaseControl },
  'POST control/take': { guards: [canHost, admin], answer: takeControl },
  'POST control/reset': { guards: [canHost, admin], answer: resetControl },
  'GET screen': { guards: [canWatch], answer: ({ room }) => json(room.desktop.screen) },
  'POST screen': { guards: [canWatch, admin], answer: setScreen },
  'GET screen/configurations': { guards: [canWatch, admin], answer: ({ room }) => json([room.settings.screen]) },
  'GET screen/cast.jpg': { guards: [canWatch], answer: cast },
  'GET screen/shot.jpg': { guards: [canWatch, admin], answer: shoot },
};

/** Answers below `/api/room`. */
export async function answerRoom(api: Api, call: Call): Promise<Response> {
  const [, area, action, id] = call.path;
  if (area === 'control' && action === 'give' && id !== undefined && call.method === 'POST') return give(api, call, id);
  if (area === 'upload') {
    if (!api.room.isHost(call.session)) throw forbidden('without implicit hosting, only host can upload files');
    return done();
  }
  const path = call.path.slice(1).join('/');
  const route = ROUTES[`${call.method} ${path}`];
  if (route) {
    for (const guard of route.guards) guard(api.room, call);
    return route.answer(api, call);
  }
  return Object.keys(ROUTES).some((one) => one.endsWith(` ${path}`)) ? wrongMethod() : nothingHere();
}

/** Asks neither whether controls are locked, nor whether the other has a socket. */
function give({ room }: Api, call: Call, id: string): Response {
  canHost(room, call);
  if (!call.session.profile.is_admin && !room.isHost(call.session)) throw forbidden('session is not host or admin');
  const target = room.find(id);
  if (!target) throw notFound('target session was not found');
  if (!target.profile.can_host) throw badRequest('target session is not allowed to host');
  room.setHost(call.session, target);
  return done();
}

function readClipboard({ room }: Api): Response {
  const { clipboard } = room.desktop;
  if (!clipboard) throw internalError();
  // Empty ones are left out.
  return json({ ...(clipboard.text && { text: clipboard.text }), ...(clipboard.html && { html: clipboard.html }) });
}

async function writeClipboard({ room }: Api, call: Call): Promise<Response> {
  const { text, html } = decoded(decodeInto({ text: '', html: '' }, await readBody(call.request)));
  room.desktop.copy(text, html);
  return done();
}

function tellControl({ room }: Api): Response {
  const present = room.host;
  return json({ has_host: present !== undefined, ...(present && { host_id: present.id }) });
}

function requestControl({ room }: Api, { session }: Call): Response {
  if (room.host) {
    room.host.send('control/request', { id: session.id });
    return json({ code: 202, message: 'control request sent' }, 202);
  }
  if (room.rules.locked_controls && !session.profile.is_admin) throw forbidden('controls are locked');
  room.setHost(session, session);
  return done();
}

function releaseControl({ room }: Api, { session }: Call): Response {
  if (!room.isHost(session)) throw unprocessable('session is not the host');
  room.desktop.resetKeys();
  room.setHost(session, undefined);
  return done();
}

function takeControl({ room }: Api, { session }: Call): Response {
  room.setHost(session, session);
  return done();
}

/** Does nothing while the API session hosts, which is not in the list. */
function resetControl({ room }: Api, { session }: Call): Response {
  if (room.host) {
    room.desktop.resetKeys();
    room.setHost(session, undefined);
  }
  return done();
}

async function setRules({ room, isHung }: Api, call: Call): Promise<Response> {
  const body = await call.request.text();
  let rules: typeof room.rules | undefined;
  try {
    rules = decodeInto(room.rules, JSON.parse(body) as unknown);
  } catch {}
  if (!rules) throw badRequest('unable to parse provided data');
  const isPaused = rules.private_mode !== room.rules.private_mode;
  room.changeRules(call.session, rules);
  if (isHung() && isPaused) await FOREVER;
  return done();
}

async function setScreen({ room }: Api, call: Call): Promise<Response> {
  const sent = decoded(decodeInto({ width: 0, height: 0, rate: 0 }, await readBody(call.request)));
  const isPossible = sent.width >= 8 && sent.height >= 8 && sent.width <= WIDEST && sent.height <= WIDEST;
  if (!isPossible) throw unprocessable('cannot set screen size');
  room.desktop.screen = { width: sent.width - (sent.width % 8), height: sent.height, rate: sent.rate || 60 };
  room.broadcast('screen/updated', { id: call.session.id, ...room.desktop.screen });
  return json(sent);
}

function cast({ room }: Api): Response {
  if (!room.settings.screencast) throw badRequest('screencast pipeline is not enabled');
  return picture(room, DEFAULT_QUALITY);
}

async function shoot({ room, isHung }: Api, call: Call): Promise<Response> {
  if (isHung() && room.rules.private_mode) await FOREVER;
  const quality = call.query.get('quality') ?? '';
  return picture(room, /^[+-]?\d+$/.test(quality) ? Number(quality) : DEFAULT_QUALITY);
}

/** Grey, with a bright square where the pointer is: a test can tell two pictures apart. */
function picture(room: Room, quality: number): Response {
  const { screen, pointer } = room.desktop;
  const near = (x: number, y: number) => Math.abs(x - pointer.x) < 32 && Math.abs(y - pointer.y) < 32;
  const light = 96 + (Math.min(Math.max(quality, 1), 100) >> 2);
  return image(
    'image/jpeg',
    greyJpeg(screen.width, screen.height, (x, y) => (near(x, y) ? 220 : light)),
  );
}

function image(type: string, body: BodyInit): Response {
  return new Response(body, { headers: { 'Content-Type': type, 'Cache-Control': NO_STORE } });
}

function admin(_: Room, { session }: Call): void {
  if (!session.profile.is_admin) throw forbidden('session is not admin');
}

function host(room: Room, { session }: Call): void {
  if (!room.isHost(session)) throw forbidden('session is not host');
}

function canHost(room: Room, { session }: Call): void {
  if (!session.profile.can_host) throw forbidden('session cannot host');
  if (room.isPrivateFor(session)) throw unprocessable('private mode is enabled');
}

function canWatch(_: Room, { session }: Call): void {
  if (!session.profile.can_watch) throw forbidden('session cannot watch');
}

function canCopy(_: Room, { session }: Call): void {
  if (!session.profile.can_access_clipboard) throw forbidden('session cannot access clipboard');
}
