/** Who has the mouse and the keyboard of a chat's shared browser, and who waits for them, in order of asking. */
export type Control = { readonly host: number | null; readonly queue: readonly number[] };

/** The chat's settings. */
export type ControlFlags = { requests: boolean; locked: boolean; implicit: boolean };

/** The people who are in the room. The host and those who wait may be away from it for a short time. */
export type People = { has(userId: number): boolean };

export const NO_CONTROL: Control = { host: null, queue: [] };

type Settings = { allowControlRequests: boolean; lockedControls: boolean; implicitHosting: boolean };

export function flagsOf({ allowControlRequests, lockedControls, implicitHosting }: Settings): ControlFlags {
  return { requests: allowControlRequests, locked: lockedControls, implicit: implicitHosting };
}

export function isSame(one: ControlFlags, other: ControlFlags): boolean {
  return one.requests === other.requests && one.locked === other.locked && one.implicit === other.implicit;
}

/** Where only managers decide who has control, it never passes on by itself. */
function passesOn({ implicit, requests }: ControlFlags): boolean {
  return implicit && requests;
}

const without = (queue: readonly number[], userId: number) => queue.filter((other) => other !== userId);

/** What no one has goes to the first in the queue who is there. */
function settled(control: Control, flags: ControlFlags, here: People): Control {
  if (control.host !== null || !passesOn(flags)) return control;
  const next = control.queue.find((userId) => here.has(userId));
  return next === undefined ? control : given(control, next);
}

/** Someone is in the room, for the first time or again. */
export function arrived(control: Control, flags: ControlFlags, here: People, userId: number): Control {
  const then = settled(control, flags, here);
  return then.host === null && passesOn(flags) ? given(then, userId) : then;
}

/** Someone is out of the room for good. */
export function gone(control: Control, flags: ControlFlags, here: People, userId: number): Control {
  if (!isConcerned(control, userId)) return control;
  const rest = { host: control.host === userId ? null : control.host, queue: without(control.queue, userId) };
  return settled(rest, flags, here);
}

/** Whether someone has control or waits for it. */
export function isConcerned({ host, queue }: Control, userId: number): boolean {
  return host === userId || queue.includes(userId);
}

/** Puts someone at the queue's end. */
export function asked(control: Control, flags: ControlFlags, here: People, userId: number): Control {
  if (isConcerned(control, userId)) return control;
  return settled({ ...control, queue: [...control.queue, userId] }, flags, here);
}

export function cancelled(control: Control, userId: number): Control {
  return control.queue.includes(userId) ? { ...control, queue: without(control.queue, userId) } : control;
}

/** Gives control to someone, whoever had it. */
export function given(control: Control, userId: number): Control {
  return control.host === userId ? control : { host: userId, queue: without(control.queue, userId) };
}

export function released(control: Control, flags: ControlFlags, here: People, userId: number): Control {
  return control.host === userId ? settled({ ...control, host: null }, flags, here) : control;
}

/** The settings have changed. Where requests are off, none stand. */
export function reset(control: Control, flags: ControlFlags, here: People): Control {
  const isOff = !flags.requests && control.queue.length > 0;
  return settled(isOff ? { ...control, queue: [] } : control, flags, here);
}

type Standing = { isManager: boolean; isHost: boolean };

export function mayAsk({ requests }: ControlFlags): boolean {
  return requests;
}

/** A manager, and the host unless only managers decide. */
export function mayGive({ isManager, isHost }: Standing, { requests, locked }: ControlFlags): boolean {
  return isManager || (isHost && requests && !locked);
}

export function mayTake({ isManager }: Pick<Standing, 'isManager'>): boolean {
  return isManager;
}

/** Whether someone may ask for control or take it. */
export function canControl({ isManager }: Pick<Standing, 'isManager'>, { requests }: ControlFlags): boolean {
  return isManager || requests;
}
