const form = document.querySelector<HTMLFormElement>('#claim');
const said = document.querySelector('#said');
const publicKey = document.querySelector<HTMLMetaElement>('meta[name=portal-public-key]')?.content ?? '';

// Remove the token from the address bar at once, so that it does not end up in the history or a screenshot.
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);

function say(sentence: string): void {
  if (said) said.textContent = sentence;
}

async function claim(username: string): Promise<void> {
  const response = await fetch('/v1/authentication/claim', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': publicKey },
    body: JSON.stringify({ token, username }),
  }).catch(() => undefined);
  if (!response) return say('The server does not answer.');
  const answer: { username: string; error: string } = await response.json();
  if (response.ok) welcome(answer.username);
  else say(answer.error);
}

function welcome(username: string): void {
  const done = document.createElement('p');
  done.textContent = `Welcome, ${username}. You are the Owner of this instance, and signed in.`;
  const docs = document.createElement('a');
  docs.href = '/docs';
  docs.textContent = 'API docs';
  form?.replaceChildren(done, docs);
}

form?.querySelector('input')?.focus();
if (!token) say('Open the whole link that the server printed: the part behind # is missing.');
form?.addEventListener('submit', (event) => {
  event.preventDefault();
  void claim(String(new FormData(form).get('username')));
});
