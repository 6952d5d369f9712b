import type { DepsOf, Module } from '../../module.ts';
import { createDirectPeople, createVoice, type DirectPeople, type Voice } from './voice.ts';

type Deps = Omit<DepsOf<typeof createVoice>, 'directPeople'> & DepsOf<typeof createDirectPeople>;

export function voiceModule(deps: Deps): Module<{ voice: Voice; directPeople: DirectPeople }> {
  const directPeople = createDirectPeople(deps);
  return { services: { directPeople, voice: createVoice({ ...deps, directPeople }) } };
}
