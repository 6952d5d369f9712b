const page = (body: string, script: string) =>
  new Response(
    `<!doctype html><meta charset="utf-8"><body style="margin:0;background:#fff">${body}<script>${script}</script>`,
    {
      headers: { 'content-type': 'text/html' },
    },
  );

const TEXT = `<div style="font:16px/1.5 sans-serif;padding:1em;columns:3">${'The shared browser shows a page of text. '.repeat(200)}</div>`;

const PAGES: Record<string, () => Response> = {
  '/still': () => page(TEXT, ''),
  // Each click changes the whole picture, once.
  '/click': () =>
    page(TEXT, "let n=0;addEventListener('mousedown',()=>document.body.style.background=++n%2?'#8cf':'#fc8')"),
  '/moving': () =>
    page(
      '<canvas width="1280" height="720"></canvas>',
      `const c=document.querySelector('canvas').getContext('2d');let n=0;
      (function draw(){n++;for(let i=0;i<60;i++){c.fillStyle='hsl('+((n*7+i*31)%360)+' 80% 60%)';
      c.fillRect((i*97+n*3)%1280,(i*53+n*2)%720,120,80)}requestAnimationFrame(draw)})()`,
    ),
};

/** The pages that are shown. */
export function startSite() {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: ({ url }) => PAGES[new URL(url).pathname]?.() ?? new Response('nothing', { status: 404 }),
  });
  const host = `127.0.0.1:${server.port}`;
  return { host, url: (path: string) => `http://${host}${path}`, stop: () => server.stop(true) };
}
