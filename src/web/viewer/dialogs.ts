import type { BrowserDialog } from '../../client/browser-wire.ts';
import { isHost, type Viewer } from './state.ts';
import { element } from './view.ts';

type Deps = {
  viewer(): Viewer;
  set(change: Partial<Viewer>): void;
  answer(id: string, answer: { accept: boolean; text?: string }): void;
  /** The answer was given. */
  goOn(): void;
};

/** What a page over there asks, and the answer of the one who has the mouse. */
export function createDialogs({ viewer, set, answer, goOn }: Deps) {
  const form = element('dialog', HTMLFormElement);

  function give(accept: boolean): void {
    const { dialog } = viewer();
    if (!dialog) return;
    const text = element('dialog-input', HTMLInputElement).value;
    const secret = element('dialog-password', HTMLInputElement).value;
    const words = dialog.type === 'auth' ? `${text}:${secret}` : text;
    const hasText = accept && (dialog.type === 'prompt' || dialog.type === 'auth');
    answer(dialog.id, hasText ? { accept, text: words } : { accept });
    set({ dialog: null });
    goOn();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    give(true);
  });
  element('dialog-no', HTMLButtonElement).addEventListener('click', () => give(false));

  return {
    show(dialog: BrowserDialog): void {
      form.reset();
      set({ dialog });
      if (isHost(viewer())) form.querySelector<HTMLElement>('input, button')?.focus();
    },
  };
}
