import { hostOf } from '../web-address.ts';

/** What is shown instead of a page that did not come: chromium-headless-shell would show nothing at all. */
export function errorPage(url: string): string {
  const host = escaped(hostOf(url) ?? url.slice(0, 100));
  return `<!doctype html><meta charset="utf-8"><title>${host}</title>
    <body style="font:20px/1.5 sans-serif;color:#333;background:#f6f6f6;margin:12vh auto;max-width:34em;padding:0 2em">
    <p style="font-weight:bold;overflow-wrap:anywhere">${host} cannot be shown.</p>
    <p>It does not answer, there is no host of this name, its connection is not secure, or it must not be opened from here.</p>`;
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
