import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { AnyText, Id, OneOf, PageUrl } from '../../../wire/models.ts';
import { WholeNumber } from '../../../wire/whole-number.ts';

/** What a viewer needs to show a chat's browser. */
export const SharedBrowser = Type.Object(
  {
    engine: Type.Union([Type.Literal('docker'), Type.Literal('local')]),
    width: Type.Integer(),
    height: Type.Integer(),
    url: Type.String({ description: 'A page that shows the browser, for a frame.' }),
    frames: Type.Boolean({ description: 'Whether pictures come over the socket.' }),
  },
  { title: 'SharedBrowser' },
);
export type SharedBrowser = Static<typeof SharedBrowser>;

const PULLING = {
  title: 'Pulling',
  description: 'The image of the browser is being pulled; the start goes on by itself.',
};
const stillPulling = { ok: Type.Literal(true), state: Type.Literal('pulling') };

export const Pulling = Type.Object(stillPulling, PULLING);

export const PullingForStaff = Type.Object(
  { message: Type.String(), ...stillPulling },
  { ...PULLING, title: 'PullingForStaff' },
);

export const Clipboard = Type.Object({ text: Type.String() }, { title: 'Clipboard' });

export const ClipboardBody = Type.Object({
  text: AnyText({ maxLength: 32_768, description: 'At most 48 KiB in UTF-8.' }),
});

export const OpenBody = Type.Object({
  url: PageUrl({ description: 'An http or https address, without credentials.' }),
});

export const ScreenshotQuery = t.Object({
  quality: WholeNumber({ minimum: 1, maximum: 100, default: 80, description: 'The quality of the JPEG.' }),
  preview: t.Optional(OneOf(['0', '1'], '1: a small picture for lobbies, 480 pixels wide and at most 20 s old.')),
});

export const KeepPayload = Type.Object({ chat_id: Id() });
