import { invalid } from '../../../core/errors.ts';
import type { InputEvent } from '../../../ports/browser-engine.ts';
import type { LooseInput } from './watching.model.ts';

type Field = Exclude<keyof LooseInput, 'type'>;

const FIELDS: Record<InputEvent['type'], readonly Field[]> = {
  move: ['x', 'y'],
  down: ['x', 'y', 'button'],
  up: ['x', 'y', 'button'],
  wheel: ['x', 'y', 'dx', 'dy'],
  key: ['key', 'code', 'down', 'modifiers'],
  text: ['text'],
};

/** The events, each with the fields of its type and no others. Throws `ERR_VALIDATION` for the first that is missing. */
export function inputOf(events: readonly LooseInput[]): InputEvent[] {
  return events.map((event, index) => {
    const fields = FIELDS[event.type].map((name) => {
      const value = event[name];
      const field = `events[${index}].${name}`;
      if (value === undefined) throw invalid.saying(`${field} is required`)({ field });
      return [name, value];
    });
    return { type: event.type, ...Object.fromEntries(fields) } as InputEvent;
  });
}
