import type { Logger } from '../../../core/logger.ts';
import type { Members } from './members.ts';

type Deps = {
  members: Pick<Members, 'grant' | 'revoke' | 'end'>;
  isThere(viewerId: string): boolean;
  logger: Logger;
};

/**
 * Who drives: at most one member of the room may host. The right is revoked before it is granted to another. Work that needs a stable
 * host is queued here: a grant waits for it, a revocation does not.
 */
export class Driver {
  readonly #deps: Deps;
  #wanted: string | null = null;
  /** Who has the right over there, or may have it. */
  #present: string | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #settling: Promise<unknown> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get present(): string | null {
    return this.#present;
  }

  /** Of several calls that wait, the last one counts. */
  letDrive(viewerId: string | null): Promise<void> {
    this.#wanted = viewerId;
    const settled = this.#settling.then(() => this.#settle());
    this.#settling = settled.catch(() => {});
    return settled;
  }

  /** The member is gone, and with it the right. */
  gone(viewerId: string): void {
    if (this.#present === viewerId) this.#present = null;
    if (this.#wanted === viewerId) this.#wanted = null;
  }

  /** n.eko has forgotten everything. */
  forget(): void {
    this.#present = null;
    this.#wanted = null;
  }

  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #settle(): Promise<void> {
    while (this.#present !== this.#wanted) {
      if (this.#present !== null) await this.#revoke(this.#present);
      else if (this.#wanted !== null) await this.#grantInTurn(this.#wanted);
    }
  }

  async #revoke(viewerId: string): Promise<void> {
    const { members, logger } = this.#deps;
    try {
      await members.revoke(viewerId);
    } catch (error) {
      logger.warn('control of a shared browser could not be taken back, so its viewer is put out', { error });
      await members.end(viewerId);
    }
    if (this.#present === viewerId) this.#present = null;
  }

  #grantInTurn(viewerId: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.#wanted === viewerId) await this.#grant(viewerId);
    });
  }

  async #grant(viewerId: string): Promise<void> {
    const { members, isThere, logger } = this.#deps;
    if (!isThere(viewerId)) {
      this.gone(viewerId);
      return;
    }
    this.#present = viewerId;
    try {
      await members.grant(viewerId);
    } catch (error) {
      // It may have half worked: then it is taken back.
      if (this.#wanted === viewerId) this.#wanted = null;
      if (isThere(viewerId)) logger.warn('control of a shared browser could not be given', { error });
    }
  }
}
