import type { DepsOf, Module } from '../../module.ts';
import { createVoice, type Voice } from './voice.ts';

export const voiceModule = (deps: DepsOf<typeof createVoice>): Module<{ voice: Voice }> => ({
  services: { voice: createVoice(deps) },
});
