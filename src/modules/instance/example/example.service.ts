import type { Logger } from '../../../core/logger.ts';

export type Example = ReturnType<typeof createExample>;

/** Counts what is said, and says so now and then. */
export function createExample({ logger }: { logger: Logger }) {
  let heard = 0;
  return {
    hear(): void {
      heard++;
    },
    async tell(): Promise<void> {
      logger.debug('example', { heard });
    },
  };
}
