import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type TestBrowser = { context: BrowserContext; close(): Promise<void> };

/** A real Chromium with a profile of its own, which is gone afterwards. */
export async function openChromium(executablePath: string): Promise<TestBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'portal-chromium-'));
  const viewport = { width: 1200, height: 900 };
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: FLAGS, viewport });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** What a page asked for, and what went wrong in it: thrown, failed, printed as an error, forbidden by its policy. */
export type Watched = { requests: string[]; complaints: string[] };

export function watch(page: Page): Watched {
  const seen: Watched = { requests: [], complaints: [] };
  page.on('request', (request) => seen.requests.push(request.url()));
  page.on('requestfailed', (request) => seen.complaints.push(`failed: ${request.url()}`));
  page.on('pageerror', (error) => seen.complaints.push(`thrown: ${error.message}`));
  // Chromium prints what a policy forbids as an error, too.
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) seen.complaints.push(`${message.type()}: ${message.text()}`);
  });
  return seen;
}
