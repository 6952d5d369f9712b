import type { DepsOf, Module } from '../../module.ts';
import { type Chats, createChats } from './chats.service.ts';

export const chatsModule = (deps: DepsOf<typeof createChats>): Module<{ chats: Chats }> => ({
  services: { chats: createChats(deps) },
});
