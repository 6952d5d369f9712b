/** Someone else has control of the chat's browser or waits for it, or the rules changed. */
export type ControlEvent = { name: 'control.changed'; chatId: number };
