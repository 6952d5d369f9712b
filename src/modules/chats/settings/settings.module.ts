import type { DepsOf, Module } from '../../module.ts';
import { type ChatEditor, createChatEditor } from './chat-editor.service.ts';
import { chatConfigRoutes } from './settings.routes.ts';
import { type ChatConfig, createChatConfig } from './settings.service.ts';

type Deps = DepsOf<typeof createChatEditor> & Omit<DepsOf<typeof createChatConfig>, 'chatEditor'>;

export function settingsModule(deps: Deps): Module<{ chatEditor: ChatEditor; chatConfig: ChatConfig }> {
  const chatEditor = createChatEditor(deps);
  const chatConfig = createChatConfig({ ...deps, chatEditor });
  return {
    services: { chatEditor, chatConfig },
    routes: ({ access }) => [chatConfigRoutes({ access, chatConfig })],
  };
}
