import type { UserPrincipal } from '../../../core/principal.ts';
import type { DepsOf, Module } from '../../module.ts';
import type { Entered } from '../chats/chats.service.ts';
import { fanOutControl } from './control.realtime.ts';
import { type ControlService, createControl } from './control.service.ts';
import { controlHandlers } from './control.socket.ts';

type Deps = DepsOf<typeof createControl> &
  Omit<DepsOf<typeof fanOutControl>, 'events' | 'control'> & {
    browserOf(chatId: number): Promise<{ browser: object | null }>;
  };

type Services = {
  control: ControlService;
  /** What someone who enters a chat is told of its browser. */
  browserFor(
    who: UserPrincipal,
    socket: { readonly id: string; isIn(room: string): boolean },
    entered: Entered,
  ): Promise<{ browser: object | null; control: object | null }>;
};

export function controlModule(deps: Deps): Module<Services> {
  const control = createControl(deps);
  return {
    services: {
      control,
      async browserFor(who, socket, entered) {
        const { state, canControl } = await control.entered(who, socket, entered);
        const { browser } = await deps.browserOf(entered.chat.id);
        if (!browser) return { browser: null, control: null };
        return {
          browser: { ...browser, can_control: canControl },
          control: { chat_id: entered.chat.id, ...state },
        };
      },
    },
    handlers: controlHandlers({ control }),
    listen: (events) => fanOutControl({ ...deps, control, events: events.only() }),
    silence: () => control.silence(),
  };
}
