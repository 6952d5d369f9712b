import type { DepsOf, Module } from '../../module.ts';
import { type ChatManagement, createChatManagement } from './chat-management.service.ts';

export const chatManagementModule = (
  deps: DepsOf<typeof createChatManagement>,
): Module<{ chatManagement: ChatManagement }> => ({
  services: { chatManagement: createChatManagement(deps) },
});
