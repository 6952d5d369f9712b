import { type Static, Type } from '@sinclair/typebox';
import { AnyText, Id, OneOf, PageUrl } from '../../../wire/models.ts';

export const ChatPayload = Type.Object({ chat_id: Id() });

export const SeenPayload = Type.Object({
  chat_id: Id(),
  seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});

const Fraction = Type.Number({ minimum: 0, maximum: 1 });
const Distance = Type.Number({ minimum: -100_000, maximum: 100_000 });

/** A key as DOM KeyboardEvent names it: the character that it writes, or a word. */
const KeyName = Type.String({
  maxLength: 32,
  pattern:
    '^(?:[A-Z][A-Za-z0-9]+|(?:[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]|[\\ud800-\\udbff][\\udc00-\\udfff]){1,8})$',
  says: 'must be a key as KeyboardEvent names it',
});
/** Soft keyboards leave it empty. */
const KeyCode = Type.String({
  pattern: '^(?:[A-Z][A-Za-z0-9]{0,31})?$',
  says: 'must be a code as KeyboardEvent names it',
});

/** Which fields an event has beside its type depends on it: see input-events.ts. */
export const LooseInput = Type.Object({
  type: OneOf(['move', 'down', 'up', 'wheel', 'key', 'text'] as const),
  x: Type.Optional(Fraction),
  y: Type.Optional(Fraction),
  button: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 })),
  dx: Type.Optional(Distance),
  dy: Type.Optional(Distance),
  key: Type.Optional(KeyName),
  code: Type.Optional(KeyCode),
  down: Type.Optional(Type.Boolean()),
  modifiers: Type.Optional(Type.Integer({ minimum: 0, maximum: 15 })),
  text: Type.Optional(AnyText({ minLength: 1, maxLength: 4096 })),
});
export type LooseInput = Static<typeof LooseInput>;

export const InputPayload = Type.Object({ chat_id: Id(), events: Type.Array(LooseInput, { maxItems: 64 }) });

export const PointerPayload = Type.Object({ chat_id: Id(), x: Fraction, y: Fraction });

export const NavigatePayload = Type.Object({
  chat_id: Id(),
  action: Type.Optional(OneOf(['back', 'forward', 'reload'] as const)),
  url: Type.Optional(PageUrl()),
});
export type NavigatePayload = Static<typeof NavigatePayload>;

export const AnswerPayload = Type.Object({
  chat_id: Id(),
  id: AnyText({ minLength: 1, maxLength: 64 }),
  accept: Type.Boolean(),
  text: Type.Optional(AnyText({ maxLength: 4096 })),
});
export type AnswerPayload = Static<typeof AnswerPayload>;
