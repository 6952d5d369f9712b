import type { MessagesEvent } from '../../chats/messages/messages.events.ts';
import type { DepsOf, Module } from '../../module.ts';
import { exampleTeller } from './example.jobs.ts';
import { createExample, type Example } from './example.service.ts';

/** A service, a listener and a job: what a module costs. */
export function exampleModule(deps: DepsOf<typeof createExample>): Module<{ example: Example }> {
  const example = createExample(deps);
  return {
    services: { example },
    listen: (events) => events.only<MessagesEvent>().on('message.sent', example.hear),
    jobs: [exampleTeller(example)],
  };
}
