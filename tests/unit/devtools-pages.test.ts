import { expect, test } from 'bun:test';
import { PassThrough } from 'node:stream';
import { DevToolsPipe } from '../../src/adapters/local-browser/devtools-pipe.ts';
import { Navigation } from '../../src/adapters/local-browser/navigation.ts';
import type { PageLife } from '../../src/adapters/local-browser/page-life.ts';
import { PageSession } from '../../src/adapters/local-browser/page-session.ts';
import { PageStates } from '../../src/adapters/local-browser/page-state.ts';
import { Unlocking } from '../../src/adapters/local-browser/unlocking.ts';
import { SECOND_MS } from '../../src/core/durations.ts';
import { TestTimers } from '../support/test-timers.ts';
import { eventually } from '../support/waiting.ts';

/** A Chromium that answers every command with `answers`, and refuses those of which it has none. */
function chromium(answers: Record<string, object>) {
  const [reader, writer] = [new PassThrough(), new PassThrough()];
  const timers = new TestTimers();
  const pipe = new DevToolsPipe({ reader, writer, timers });
  const asked: string[] = [];
  writer.on('data', (chunk: Buffer) => {
    for (const text of chunk.toString().split('\0').filter(Boolean)) {
      const { id, method } = JSON.parse(text);
      asked.push(method);
      const result = answers[method];
      reader.write(`${JSON.stringify(result ? { id, result } : { id, error: { message: 'refused' } })}\0`);
    }
  });
  return { pipe, timers, asked };
}

test('a page that was opened to tell the credential again is closed, also where that failed', async () => {
  const { pipe, timers, asked } = chromium({
    'Target.createTarget': { targetId: 'page' },
    'Target.attachToTarget': { sessionId: 'session' },
    'Target.closeTarget': {},
  });
  const gate = {
    credential: { username: 'browser', password: 'x' },
    greeting: 'http://portal-fence.invalid/',
    greetings: 0,
  } as const;
  const unlocking = new Unlocking({ pipe, clock: timers, gate, contextId: 'context' });
  await timers.advance(6 * SECOND_MS);
  await unlocking.again();
  expect(asked).toContain('Fetch.enable');
  await eventually(() => asked.at(-1) === 'Target.closeTarget');
});

test('going to an address leaves no listener behind, whatever comes of it', async () => {
  const { pipe, timers } = chromium({
    'Page.stopLoading': {},
    'Runtime.evaluate': {},
    'Page.navigate': { errorText: 'net::ERR_ABORTED' },
  });
  const listeners = new Set<() => void>();
  const navigation = new Navigation({
    timers,
    life: { session: PageSession.of(pipe, 'session', 'page') } as unknown as PageLife,
    states: new PageStates(timers, () => {}),
    dismissDialogs() {},
    onAsked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  await navigation.go({ url: 'http://site.test/' });
  await expect(navigation.go({ action: 'back' })).rejects.toThrow('The page did not open');
  expect(listeners.size).toBe(0);
});
