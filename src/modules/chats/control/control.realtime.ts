import type { Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { EventBus } from '../../../core/events.ts';
import type { PlatformModerationEvent } from '../../people/sanctions/platform-moderation.events.ts';
import type { SessionsEvent } from '../../people/sessions/sessions.events.ts';
import type { BrowserEvent } from '../browser/browser.events.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import { isCrowdOf } from '../membership/membership.policy.ts';
import type { RoomsEvent } from '../rooms/rooms.events.ts';
import type { Voice } from '../voice/voice.ts';
import type { ControlEvent } from './control.events.ts';
import type { ControlService } from './control.service.ts';

type Deps = {
  events: EventBus<ChatsEvent | RoomsEvent | SessionsEvent | PlatformModerationEvent | BrowserEvent | ControlEvent>;
  timers: Timers;
  voice: Pick<Voice, 'tell'>;
  control: ControlService;
};

const RULES = ['allow_control_requests', 'locked_controls', 'implicit_hosting'] as const;

/** Who leaves a chat, in whatever way, leaves its control; and the room hears who has it. */
export function fanOutControl({ events, timers, voice, control }: Deps): void {
  /** Crowds that have heard within the last second; true: and something has changed since. */
  const lately = new Map<number, boolean>();

  function tell(chatId: number): void {
    const state = control.stateOf(chatId);
    if (state) voice.tell(chatId, 'control:state', state);
  }

  /** In a crowd once a second, or a few people who ask and take it back would keep thousands busy. */
  function changed(chatId: number): void {
    const isCrowd = isCrowdOf(control.countPeople(chatId));
    if (isCrowd && lately.has(chatId)) lately.set(chatId, true);
    else tell(chatId);
    if (!isCrowd || lately.has(chatId)) return;
    lately.set(chatId, false);
    timers.after(SECOND_MS, () => {
      const hasChanged = lately.get(chatId);
      lately.delete(chatId);
      if (hasChanged) changed(chatId);
    });
  }

  events.on('control.changed', ({ chatId }) => changed(chatId));
  // Who came in before heard nothing of control.
  events.on('browser.started', ({ chatId }) => tell(chatId));

  events.on('room.left', ({ chatId, socketId, sessionId, isGone }) =>
    control.left(chatId, socketId, sessionId, isGone),
  );
  events.on('member.removed', ({ chatId, userId }) => control.removed(userId, chatId));
  events.on('user.timed_out', ({ userId }) => control.removed(userId));
  events.on('session.ended', ({ sessionId }) => control.sessionEnded(sessionId));
  events.on('chat.deleted', ({ chatId }) => control.closed(chatId));
  events.on('chat.updated', async ({ chatId, changes }) => {
    if (RULES.some((rule) => changes[rule] !== undefined)) await control.configured(chatId);
  });
}
