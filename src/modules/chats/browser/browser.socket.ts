import { userHandler } from '../../../realtime/handlers.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { Voice } from '../voice/voice.ts';
import { KeepPayload } from './browser.model.ts';
import type { Browsers } from './browsers.service.ts';

type Deps = { voice: Pick<Voice, 'hears'>; browsers: Pick<Browsers, 'touched'> };

export const browserHandlers = ({ voice, browsers }: Deps) => [
  userHandler({
    event: 'browser:keep',
    payload: KeepPayload,
    async run({ connection }, { chat_id }) {
      if (!voice.hears(chat_id, connection)) throw messageErrors.notJoined();
      browsers.touched(chat_id);
    },
  }),
];
