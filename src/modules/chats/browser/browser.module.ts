import type { Module } from '../../module.ts';
import { RunningBrowsers } from './running.ts';

type Services = {
  running: RunningBrowsers;
  isRunning(chatId: number): boolean;
  browserOf(chatId: number): Promise<{ browser: object | null; control: object | null }>;
};

export function browserModule(): Module<Services> {
  const running = new RunningBrowsers();
  return {
    services: {
      running,
      isRunning: (chatId) => running.find(chatId) !== undefined,
      browserOf: async () => ({ browser: null, control: null }),
    },
  };
}
