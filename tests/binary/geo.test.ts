import { expect, test } from 'bun:test';
import { runningBinary } from '../support/running-binary.ts';

test('the binary carries its geo database with it', async () => {
  await using portal = await runningBinary({ PORTAL_TRUST_PROXY: '127.0.0.1' });
  const { code } = await portal.command('owner', 'create', 'boss');
  const { public_key } = await portal.command('public-key');
  const headers = { 'x-forwarded-for': '8.8.8.8', 'content-type': 'application/json', 'x-api-key': public_key };
  const verify = `${portal.url}/v1/authentication/verify`;
  const signedIn = await fetch(verify, { method: 'POST', headers, body: JSON.stringify({ code }) });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const { sessions } = await (await fetch(`${portal.url}/v1/users/me/sessions`, { headers: { cookie } })).json();
  expect(sessions).toMatchObject([{ client_ip: '8.8.8.8', geo: { country_code: 'US', city: null } }]);
}, 120_000);
