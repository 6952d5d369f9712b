import type { Clock } from '../../../core/clock.ts';
import type { Module } from '../../module.ts';
import { createIdleness, type Idleness } from './idleness.ts';

export function strangersModule({ clock }: { clock: Clock }): Module<{ idleness: Idleness }> {
  const idleness = createIdleness({ clock });
  return { services: { idleness }, listen: (events) => idleness.listen(events.only()) };
}
