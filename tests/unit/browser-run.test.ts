import { expect, test } from 'bun:test';
import { silentLogger } from '../../src/core/logger.ts';
import type { BrowserEvent } from '../../src/modules/chats/browser/browser.events.ts';
import { Run } from '../../src/modules/chats/browser/run.ts';
import { RunningBrowsers } from '../../src/modules/chats/browser/running.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';
import { TestTimers } from '../support/test-timers.ts';

test('a start that fails is told once, and is no fault of the program', async () => {
  const engine = new ScriptedEngine();
  engine.failWith('There is no room left');
  const [events, logged]: [BrowserEvent[], unknown[]] = [[], []];
  const run = new Run(
    {
      engine,
      running: new RunningBrowsers(),
      timers: new TestTimers(),
      logger: { ...silentLogger, error: (...line) => void logged.push(line) },
      idleMs: 1000,
      maxMs: 0,
      emit: (event) => void events.push(event),
      progress() {},
      warn() {},
    },
    { chatId: 1, browser: 'chromium', startUrl: null, kiosk: false },
    async () => {},
  );
  await expect(run.ready).rejects.toThrow('There is no room left');
  await run.ended;
  expect(events.filter(({ name }) => name === 'browser.failed')).toHaveLength(1);
  expect(logged).toEqual([]);
});
