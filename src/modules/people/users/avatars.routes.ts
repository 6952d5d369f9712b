import { Elysia, t } from 'elysia';
import { notFound } from '../../../core/errors.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { FOR_A_DAY, fileResponse, textFile } from '../../../http/web-files.ts';
import { AnyText } from '../../../wire/models.ts';
import { DEFAULT_AVATARS } from './users.presenter.ts';

const COLOURS = ['#5865f2', '#747f8d', '#3ba55d', '#faa61a', '#ed4245', '#eb459e'];

const noSuchPicture = notFound.saying('No such avatar');

/** A head and shoulders on a plain background. */
function picture(colour: string | undefined): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="${colour}"/>` +
    '<g fill="#fff"><circle cx="32" cy="25" r="11"/><path d="M12 58c0-12 9-19 20-19s20 7 20 19z"/></g></svg>'
  );
}

export const avatarsRoutes = ({ access }: { access: ReturnType<typeof accessPlugin> }) =>
  new Elysia({ name: 'avatars', tags: ['Users'] }).use(access).get(
    '/avatars/:file',
    ({ request, params: { file } }) => {
      const index = DEFAULT_AVATARS.findIndex((name) => `${name}.svg` === file);
      if (index < 0) throw noSuchPicture();
      const response = fileResponse(request, textFile('image/svg+xml', picture(COLOURS[index])), FOR_A_DAY);
      // Pictures are public: other sites may show them.
      response.headers.set('cross-origin-resource-policy', 'cross-origin');
      return response;
    },
    {
      open: 'PUBLIC',
      params: t.Object({ file: AnyText({ maxLength: 32, description: '`discord_0.svg` to `discord_5.svg`' }) }),
      detail: describe({
        operationId: 'getDefaultAvatar',
        summary: 'Get a default avatar',
        description: 'The picture that `avatar_url` refers to for users without one of their own.',
        fails: [noSuchPicture],
        answers: 'image/svg+xml',
      }),
    },
  );
