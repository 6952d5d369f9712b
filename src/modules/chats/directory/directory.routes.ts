import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Directory, DirectoryQuery } from './chat-lists.model.ts';
import type { ChatDirectory } from './directory.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; chatDirectory: ChatDirectory };

export const chatDirectoryRoutes = ({ access, chatDirectory }: Deps) =>
  new Elysia({ name: 'chat-directory', prefix: '/v1/portal', tags: ['Chats'] })
    .use(access)
    .get('/directory', ({ query }) => chatDirectory.list(query), {
      reader: 'PUBLIC',
      query: DirectoryQuery,
      response: { 200: Directory },
      detail: describe({
        operationId: 'listDirectory',
        summary: 'List the chats that are open to everyone',
        description:
          'Official chats first, then public ones, each by last activity. Chats you are banned from are listed too, but you cannot enter them.',
      }),
    });
