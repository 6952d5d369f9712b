type Deps = {
  /** The text in the clipboard over there. */
  get(): Promise<string>;
  /** Shows the text to be copied by hand. */
  offer(text: string): void;
};

/** A key that copies takes a moment over there. */
const COPIED_AFTER_MS = [60, 200, 500];

/** Brings what was copied over there into the clipboard here. */
export class Copier {
  readonly #deps: Deps;
  #last = '';

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async copy(): Promise<void> {
    await this.#put(await this.#deps.get());
  }

  /** The key that copies was pressed: what it copied is new. */
  async afterKey(): Promise<void> {
    let text = '';
    for (const waitMs of COPIED_AFTER_MS) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      text = await this.#deps.get();
      if (text !== '' && text !== this.#last) break;
    }
    await this.#put(text);
  }

  async #put(text: string): Promise<void> {
    if (text === '') return;
    this.#last = text;
    if (!(await copyText(text))) this.#deps.offer(text);
  }
}

/** Puts text into this machine's clipboard. False if the browser does not let the page. */
async function copyText(text: string): Promise<boolean> {
  // Not there without https.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  try {
    if (clipboard) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed: the older way may be.
  }
  return copyBySelection(text);
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'unseen';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return isCopied;
}
