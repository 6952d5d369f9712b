import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import type { Instance } from '../public-key/public-key.service.ts';
import type { Auth } from './auth.service.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  auth: Pick<Auth, 'hasOwner'>;
  instance: Pick<Instance, 'publicKey'>;
};

/** The page behind the link that the server prints at its first start: a name, and the instance has its Owner. */
export const claimPageRoutes = ({ access, auth, instance }: Deps) => {
  const hidden = { open: 'PUBLIC' as const, detail: { hide: true } };
  return new Elysia({ name: 'claim-page' })
    .use(access)
    .get(
      '/claim',
      async () => {
        const body = (await auth.hasOwner()) ? CLAIMED : FORM;
        return text('text/html; charset=utf-8', page(body, instance.publicKey()));
      },
      hidden,
    )
    .get('/claim/claim.js', () => text('text/javascript; charset=utf-8', SCRIPT), hidden)
    .get('/claim/claim.css', () => text('text/css; charset=utf-8', STYLE), hidden);
};

function text(type: string, body: string): Response {
  return new Response(body, { headers: { 'content-type': type } });
}

function page(body: string, publicKey: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="portal-public-key" content="${publicKey}">
<title>Portal</title>
<link rel="icon" href="/avatars/discord_0.svg">
<link rel="stylesheet" href="/claim/claim.css">
</head>
<body><main><h1>Portal</h1>${body}</main></body>
</html>
`;
}

const CLAIMED = '<p>This instance has its Owner already.</p><p><a href="/docs">API docs</a></p>';

const FORM = `
<form id="claim">
<p>Nobody owns this instance yet. Choose your name, and it is yours.</p>
<label for="username">Name</label>
<input id="username" name="username" required minlength="3" maxlength="32" pattern="[A-Za-z0-9._\\-]+"
  title="Letters, digits, dots, underscores and hyphens" autocomplete="username" autofocus>
<button>Become the Owner</button>
<p id="said" role="status"></p>
</form>
<script src="/claim/claim.js"></script>
`;

const SCRIPT = `
const form = document.getElementById('claim');
const said = document.getElementById('said');
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
if (!token) said.textContent = 'Open the whole link that the server printed: the part behind # is missing.';
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const response = await fetch('/v1/authentication/claim', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': document.querySelector('meta[name=portal-public-key]').content,
    },
    body: JSON.stringify({ token, username: form.username.value }),
  }).catch(() => undefined);
  if (!response) return void (said.textContent = 'The server does not answer.');
  const answer = await response.json();
  if (!response.ok) return void (said.textContent = answer.error);
  form.replaceChildren();
  const done = document.createElement('p');
  done.textContent = 'Welcome, ' + answer.username + '. You are the Owner of this instance, and signed in.';
  const docs = document.createElement('a');
  docs.href = '/docs';
  docs.textContent = 'API docs';
  form.append(done, docs);
});
`;

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
main { width: min(24rem, 90vw); }
h1 { font-size: 1.5rem; }
label { display: block; font-weight: 600; }
input, button { box-sizing: border-box; width: 100%; padding: .6rem .8rem; font: inherit; border-radius: .4rem; border: 1px solid #8888; }
button { margin-top: .8rem; border: 0; background: #5865f2; color: #fff; font-weight: 600; cursor: pointer; }
#said:not(:empty) { color: #d33; }
`;
