import { openRoom } from './browser-viewer.ts';
import { openEngine } from './local-engines.ts';

// A server to be killed: two browsers, one of which works hard.
const [, , chromium, profiles] = process.argv;
const { engine, site } = openEngine({ ...(chromium ? { chromium } : {}), ...(profiles ? { profiles } : {}) });
await openRoom(engine, site, null);
await openRoom(
  engine,
  site,
  site.page('/', "<script>new Worker(URL.createObjectURL(new Blob(['for (;;);'])))</script>"),
);
console.log('running');
await new Promise(() => {});
