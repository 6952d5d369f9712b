import type { DepsOf, Module } from '../../module.ts';
import { chatsRoutes } from './chats.routes.ts';
import { fanOutChats } from './directory.realtime.ts';
import { chatDirectoryRoutes } from './directory.routes.ts';
import { type ChatDirectory, createChatDirectory } from './directory.service.ts';
import { createFaces, type Faces } from './faces.ts';
import { createLiveliness, type Liveliness } from './liveliness.ts';
import { type ChatStatusTeller, createChatStatus } from './status.ts';

type Deps = Omit<DepsOf<typeof createChatDirectory>, 'liveliness' | 'faces'> &
  DepsOf<typeof createFaces> &
  Omit<DepsOf<typeof createChatStatus>, 'liveliness'> &
  DepsOf<typeof createLiveliness> &
  Pick<DepsOf<typeof chatsRoutes>, 'chats'>;

type Services = {
  liveliness: Liveliness;
  faces: Faces;
  chatDirectory: ChatDirectory;
  chatStatus: ChatStatusTeller;
  changed: ChatStatusTeller['changed'];
};

export function directoryModule(deps: Deps): Module<Services> {
  const liveliness = createLiveliness(deps);
  const faces = createFaces(deps);
  const chatDirectory = createChatDirectory({ ...deps, liveliness, faces });
  const chatStatus = createChatStatus({ ...deps, liveliness });
  const { chats } = deps;
  return {
    services: { liveliness, faces, chatDirectory, chatStatus, changed: chatStatus.changed },
    routes: ({ access }) => [
      chatDirectoryRoutes({ access, chatDirectory }),
      chatsRoutes({ access, chats, chatDirectory }),
    ],
    listen: (events) => fanOutChats({ events: events.only(), chatStatus }),
    silence: () => chatStatus.stop(),
  };
}
