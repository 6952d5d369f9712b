// Functions for the page: each is sent to the browser as text, and stands alone.

export type Places = { secret: number; site: number; udp: number };

/** Asks for addresses of this machine in every notation, with and without encryption. */
export async function askAddresses({ secret }: Places): Promise<string[]> {
  const hosts = [
    ...[
      '127.0.0.1',
      'localhost',
      'foo.localhost',
      '[::1]',
      '127.0.0.2',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '0',
    ],
    ...[
      '0.0.0.0',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
      '[64:ff9b::7f00:1]',
      'localhost.',
      '127.0.0.1.',
    ],
    ...['loop.test', 'mixed.test', 'six.test', 'mapped.test', '１２７.0.0.1', '127。0。0。1', 'ⓛocalhost'],
  ];
  const fetched = ['http', 'https', 'ftp'].flatMap((scheme) =>
    hosts.map((host) => `${scheme}://${host}:${secret}/${scheme}`),
  );
  // After some failures Chromium waits before it opens the next.
  const socketHosts = ['127.0.0.1', '127.0.0.2', '[::1]', '[::ffff:7f00:1]', 'loop.test'];
  const urls = [...fetched, ...socketHosts.map((host) => `ws://${host}:${secret}/ws`), `wss://localhost:${secret}/wss`];
  const ask = (url: string) => {
    if (!url.startsWith('ws')) return fetch(url, { mode: 'no-cors' }).then(({ type }) => type, String);
    return new Promise<string>((resolve) => {
      const socket = new WebSocket(url);
      socket.addEventListener('open', () => resolve('open'));
      socket.addEventListener('close', () => resolve('closed'));
    });
  };
  return Promise.all(urls.map(async (url) => `${await ask(url).catch(String)} ${url}`));
}

/** Asks for one host of its own in each way that a page has, so that the fence can tell them apart. */
export async function askInEveryWay({ secret, site }: Places): Promise<void> {
  const url = (way: string) => `http://${way}.localhost:${secret}/${way}`;
  const there = (way: string, status: number) =>
    `http://localhost:${site}/to?status=${status}&to=${encodeURIComponent(url(way))}`;
  const add = <Name extends keyof HTMLElementTagNameMap>(name: Name, set: Partial<HTMLElementTagNameMap[Name]>) =>
    document.body.appendChild(Object.assign(document.createElement(name), set));
  const write = (html: string) => document.body.appendChild(document.createRange().createContextualFragment(html));

  add('img', { src: url('img') });
  add('img', { srcset: `${url('srcset')} 2x` });
  add('script', { src: url('script') });
  add('script', { src: url('module'), type: 'module' });
  add('iframe', { src: url('iframe') });
  add('iframe', { srcdoc: `<img src="${url('srcdoc')}">` });
  add('iframe', { src: there('redirected-iframe', 302) });
  add('iframe', { src: `http://localhost:${site}/refresh?to=${encodeURIComponent(url('refresh'))}` });
  add('video', { src: url('video'), poster: url('poster'), preload: 'auto' });
  add('audio', { src: url('audio'), preload: 'auto' });
  add('object', { data: url('object') });
  add('embed', { src: url('embed') });
  add('input', { type: 'image', src: url('input') });
  for (const rel of [
    'stylesheet',
    'prefetch',
    'modulepreload',
    'icon',
    'manifest',
    'preconnect',
    'dns-prefetch',
    'prerender',
  ]) {
    document.head.append(Object.assign(document.createElement('link'), { rel, href: url(rel) }));
  }
  for (const as of ['image', 'script', 'style', 'font', 'fetch']) {
    const link = Object.assign(document.createElement('link'), { rel: 'preload', as, href: url(`preload-${as}`) });
    document.head.append(link);
  }
  write(`<style>@import "${url('css-import')}"; @font-face { font-family: f; src: url(${url('font')}) } p { font-family: f }</style>
    <p style="background: url(${url('background')}); cursor: url(${url('cursor')}), auto">f</p>
    <svg><image href="${url('svg-image')}"/><use href="${url('svg-use')}#x"/></svg>
    <script type="speculationrules">{ "prefetch": [{ "source": "list", "urls": ["${url('speculated')}"], "eagerness": "immediate" }] }</script>
    <form id="form" method="post" action="${url('form')}" target="form-frame"><input name="a"></form><iframe name="form-frame"></iframe>
    <a id="ping" href="#x" ping="${url('ping')}">x</a>`);
  document.querySelector<HTMLFormElement>('#form')?.submit();
  document.querySelector<HTMLAnchorElement>('#ping')?.click();
  navigator.sendBeacon(url('beacon'), 'x');
  fetch(url('keepalive'), { mode: 'no-cors', keepalive: true, method: 'POST', body: 'x' }).catch(() => {});
  for (const status of [301, 302, 303, 307, 308])
    fetch(there(`redirected-${status}`, status), { mode: 'no-cors' }).catch(() => {});
  fetch(url('post-json'), { method: 'POST', headers: { 'x-own': '1' }, body: '{}' }).catch(() => {});
  new EventSource(url('event-source'));
  const request = new XMLHttpRequest();
  request.open('GET', url('xhr'));
  request.send();
  new WebSocket(url('web-socket').replace('http:', 'ws:'));

  const ask = (way: string) => `fetch(${JSON.stringify(url(way))}, { mode: 'no-cors' }).catch(() => {});`;
  const script = (code: string) => `/some.js?code=${encodeURIComponent(code)}`;
  new Worker(script(`${ask('worker')} try { importScripts(${JSON.stringify(url('import-scripts'))}) } catch {}`));
  new Worker(
    URL.createObjectURL(
      new Blob([
        `${ask('blob-worker')} new WebSocket(${JSON.stringify(url('worker-socket').replace('http:', 'ws:'))})`,
      ]),
    ),
  );
  new SharedWorker(script(ask('shared-worker')));
  const rest = [
    navigator.serviceWorker.register(script(ask('service-worker')), { scope: '/' }).catch(() => {}),
    import(url('import')).catch(() => {}),
    new FontFace('g', `url(${url('font-face')})`).load().catch(() => {}),
  ];
  // What answers with an event has answered; the rest is waited for at the fence.
  await Promise.all(rest);
}

/** The ways that both kinds of Chromium go, with and without a fence. */
export const WAYS = [
  ...[
    'img',
    'srcset',
    'script',
    'module',
    'iframe',
    'srcdoc',
    'redirected-iframe',
    'refresh',
    'video',
    'poster',
    'audio',
  ],
  ...['object', 'embed', 'input', 'stylesheet', 'prefetch', 'modulepreload', 'preload-image', 'preload-script'],
  ...[
    'preload-style',
    'preload-font',
    'preload-fetch',
    'css-import',
    'font',
    'background',
    'cursor',
    'svg-image',
    'form',
  ],
  ...['beacon', 'keepalive', 'redirected-301', 'redirected-302', 'redirected-303', 'redirected-307', 'redirected-308'],
  ...['post-json', 'event-source', 'xhr', 'web-socket', 'worker', 'import-scripts', 'blob-worker', 'worker-socket'],
  ...['shared-worker', 'service-worker', 'import', 'font-face'],
];

/**
 * Tries to send datagrams, and to reach servers by what WebRTC has beside them. Gives back the candidates that it found, and
 * the protocols of its own ends.
 */
export async function askByDatagrams({ secret, udp }: Places): Promise<{ candidates: number; protocols: string[] }> {
  const login = { username: 'a', credential: 'b' };
  const iceServers = [
    ...[`stun:127.0.0.1:${udp}`, `stun:localhost:${udp}`, `stun:stun.test:${udp}`].map((urls) => ({ urls })),
    ...[`turn:127.0.0.1:${udp}`, `turn:turn.test:${udp}`].map((urls) => ({ urls, ...login })),
    ...[`turn:127.0.0.1:${secret}?transport=tcp`, `turns:127.0.0.2:${secret}?transport=tcp`].map((urls) => ({
      urls,
      ...login,
    })),
    ...[`turn:turn.localhost:${secret}?transport=tcp`, `turn:[::1]:${secret}?transport=tcp`].map((urls) => ({
      urls,
      ...login,
    })),
  ];
  const [here, there] = [new RTCPeerConnection({ iceServers }), new RTCPeerConnection()];
  let candidates = 0;
  here.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate?.candidate) candidates++;
  });
  const gathered = new Promise<void>((resolve) => {
    here.addEventListener('icegatheringstatechange', () => here.iceGatheringState === 'complete' && resolve());
  });
  here.createDataChannel('x');
  await here.setLocalDescription(await here.createOffer());
  await there.setRemoteDescription(here.localDescription as RTCSessionDescription);
  await here.setRemoteDescription(await there.createAnswer());
  // Forged: the other side claims to be at these addresses.
  for (const candidate of [
    `candidate:1 1 udp 2122260223 127.0.0.1 ${udp} typ host`,
    `candidate:2 1 udp 2122260222 localhost ${udp} typ host`,
    `candidate:3 1 tcp 1518280447 127.0.0.3 ${secret} typ host tcptype passive`,
    `candidate:4 1 tcp 1518280446 ::1 ${secret} typ host tcptype passive`,
  ]) {
    await here.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 }).catch(() => {});
  }
  await new WebTransport(`https://127.0.0.1:${udp}/`).ready.catch(() => {});
  await gathered;
  const stats = [...(await here.getStats()).values()] as { type: string; protocol: string }[];
  const protocols = stats.filter(({ type }) => type === 'local-candidate').map(({ protocol }) => protocol);
  // Its connections go on, for as long as the page lives.
  Object.assign(window, { here, there });
  return { candidates, protocols };
}
