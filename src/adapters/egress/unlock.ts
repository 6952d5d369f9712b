import type { Gate } from './gate.ts';

const SECOND_TRY_MS = 15_000;

/** A DevTools session of a page. */
export type PageSession = {
  send(method: string, params: Record<string, unknown>, withinMs?: number): Promise<unknown>;
  /** Returns what ends the listening. */
  on(method: string, listener: (params: Record<string, unknown>) => void): () => void;
};

/**
 * Tells a browser the credential of its gate, once for all that it will ask: the proxy's challenge to the first request is
 * answered, and Chromium keeps the answer for as long as its network process lives. The page stays where it is, with the
 * same history.
 *
 * @throws Error when the browser does not reach its gate
 */
export async function unlock(
  page: PageSession,
  gate: Pick<Gate, 'credential' | 'greeting' | 'greetings'>,
): Promise<void> {
  const before = gate.greetings;
  const swallow = () => {};
  let hasAnswered = false;
  const listening = [
    page.on('Fetch.requestPaused', ({ requestId }) => {
      page.send('Fetch.continueRequest', { requestId }).catch(swallow);
    }),
    page.on('Fetch.authRequired', ({ requestId, authChallenge }) => {
      // No website gets the credential, and a gate that refuses it is not asked for ever.
      const isOurs = !hasAnswered && (authChallenge as { source?: string }).source === 'Proxy';
      hasAnswered = true;
      const answer = isOurs ? { response: 'ProvideCredentials', ...gate.credential } : { response: 'CancelAuth' };
      page.send('Fetch.continueWithAuth', { requestId, authChallengeResponse: answer }).catch(swallow);
    }),
  ];
  try {
    await page.send('Fetch.enable', { handleAuthRequests: true, patterns: [{ urlPattern: `${gate.greeting}*` }] });
    // The gate answers 204, which leaves the page as it is; Chromium calls that an aborted navigation.
    const greet = (withinMs?: number) => page.send('Page.navigate', { url: gate.greeting }, withinMs);
    // Of a Chromium that has just started on a busy machine, the first one was seen to get no answer.
    await greet().catch(() => greet(SECOND_TRY_MS));
    await page.send('Fetch.disable', {});
  } finally {
    for (const end of listening) end();
  }
  if (gate.greetings === before) throw new Error('The browser does not use its proxy');
}
