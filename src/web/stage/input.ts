import type { BrowserInput } from '../../client/browser-wire.ts';
import { Keyboard, type KeyOutcome } from './keyboard.ts';
import { keyPressOf, type Platform } from './keys.ts';
import { Mouse, type Place, placeIn, wheelDistance } from './mouse.ts';
import { Outbox } from './outbox.ts';
import { Touch } from './touch.ts';

type Deps = {
  /** The picture's own box. */
  screen: HTMLElement;
  /** A text field over the picture, which nobody sees: keyboards and input methods type into it. */
  field: HTMLTextAreaElement;
  platform: Platform;
  send(events: BrowserInput[]): void;
  /** What a key means for the page around the picture. */
  does(what: NonNullable<KeyOutcome['does']>): void;
  /** Where someone points who does not have the mouse. */
  points(place: Place): void;
  /** The width of the picture over there, in pixels. */
  width(): number;
};

/** Some keyboards say of Backspace only that the text before it is gone, so there has to be some. */
const SENTINEL = '\u200b';
const LONG_PRESS_MS = 550;
/** The server takes 120 events a second. */
const PAUSE_MS = 16;

/** Mouse, fingers and keyboard over the picture of a shared browser. */
export class StageInput {
  readonly #deps: Deps;
  readonly #keyboard: Keyboard;
  readonly #mouse = new Mouse();
  readonly #touch = new Touch();
  readonly #outbox = new Outbox();
  #isHolding = false;
  #isScheduled = false;
  #flushedAt = 0;
  #pressing: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#keyboard = new Keyboard(deps.platform);
    this.#listenToPointers();
    this.#listenToKeys();
    this.#emptyField();
    this.setHolding(false);
  }

  /** Whether this person has the mouse. Without it, nothing is sent but where they point. */
  setHolding(isHolding: boolean): void {
    const { screen, field } = this.#deps;
    if (!isHolding) this.release();
    this.#isHolding = isHolding;
    screen.toggleAttribute('data-mine', isHolding);
    field.tabIndex = isHolding ? 0 : -1;
    field.readOnly = !isHolding;
    if (!isHolding && document.activeElement === field) field.blur();
  }

  /** Lets go of everything that is down over there. */
  release(): void {
    clearTimeout(this.#pressing);
    this.#add([...this.#keyboard.release(), ...this.#mouse.release(), ...this.#touch.release()]);
    this.#flush();
  }

  /** Opens the keyboard of a device without one. */
  focus(): void {
    this.#deps.field.focus({ preventScroll: true });
  }

  #add(events: readonly BrowserInput[]): void {
    if (!this.#isHolding) return;
    let isUrgent = false;
    for (const event of events) isUrgent = this.#outbox.add(event) || isUrgent;
    if (isUrgent) this.#flush();
    else if (events.length > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame((now) => {
      this.#isScheduled = false;
      if (this.#outbox.isEmpty) return;
      // Screens may be faster than the server takes it.
      if (now - this.#flushedAt < PAUSE_MS - 1) return this.#schedule();
      this.#flushedAt = now;
      this.#flush();
    });
  }

  #flush(): void {
    const events = this.#outbox.take();
    if (events.length > 0) this.#deps.send(events);
  }

  #placeOf(event: { clientX: number; clientY: number }): Place {
    return placeIn(this.#deps.screen.getBoundingClientRect(), event);
  }

  #listenToPointers(): void {
    const { screen } = this.#deps;
    for (const name of ['pointerdown', 'pointermove', 'pointerup'] as const)
      screen.addEventListener(name, (event) => {
        if (!this.#isHolding) this.#deps.points(this.#placeOf(event));
        else if (event.pointerType === 'touch') this.#fingers(event);
        else this.#pointer(event);
      });
    screen.addEventListener('pointercancel', () => this.release());
    // Keeps the focus where it is, and the middle button from scrolling here.
    screen.addEventListener('mousedown', (event) => this.#isHolding && event.preventDefault());
    // The buttons beside a mouse would leave this page.
    screen.addEventListener('mouseup', (event) => this.#isHolding && event.button > 2 && event.preventDefault());
    screen.addEventListener('auxclick', (event) => this.#isHolding && event.preventDefault());
    screen.addEventListener('contextmenu', (event) => this.#isHolding && event.preventDefault());
    screen.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
  }

  #pointer(event: PointerEvent): void {
    const { screen, field } = this.#deps;
    if (event.type === 'pointerdown') {
      screen.setPointerCapture(event.pointerId);
      if (document.activeElement !== field) this.focus();
      if (event.button === 3) this.#deps.does('back');
      if (event.button === 4) this.#deps.does('forward');
    }
    this.#add(this.#mouse.at(this.#placeOf(event), event.buttons));
  }

  #fingers(event: PointerEvent): void {
    const { screen } = this.#deps;
    const finger = { clientX: event.clientX, clientY: event.clientY, place: this.#placeOf(event) };
    if (event.type === 'pointerdown') {
      screen.setPointerCapture(event.pointerId);
      clearTimeout(this.#pressing);
      this.#add(this.#touch.down(event.pointerId, finger));
      this.#pressing = setTimeout(() => this.#add(this.#touch.hold()), LONG_PRESS_MS);
    } else if (event.type === 'pointerup') this.#add(this.#touch.up(event.pointerId));
    else this.#add(this.#touch.move(event.pointerId, finger, this.#deps.width() / screen.clientWidth));
    if (!this.#touch.isPressed) clearTimeout(this.#pressing);
  }

  #wheel(event: WheelEvent): void {
    if (!this.#isHolding) return;
    event.preventDefault();
    // Two fingers that spread on a touchpad: this page must not grow, and the other one cannot.
    if (event.ctrlKey) return;
    const distance = wheelDistance(event, this.#deps.screen.clientHeight);
    this.#add([{ type: 'wheel', ...this.#placeOf(event), ...distance }]);
  }

  #listenToKeys(): void {
    const { field } = this.#deps;
    const take = (event: Event, outcome: KeyOutcome) => {
      if (outcome.prevent) event.preventDefault();
      this.#add(outcome.send);
      if (outcome.does) this.#deps.does(outcome.does);
    };
    const listen = <Name extends keyof HTMLElementEventMap>(
      name: Name,
      listener: (event: HTMLElementEventMap[Name]) => void,
    ) => field.addEventListener(name, (event) => this.#isHolding && listener(event));
    listen('keydown', (event) => take(event, this.#keyboard.keyDown(keyPressOf(event))));
    listen('keyup', (event) => take(event, this.#keyboard.keyUp(keyPressOf(event))));
    listen('beforeinput', (event) => take(event, this.#keyboard.beforeInput(event.inputType, event.data)));
    listen('compositionstart', () => this.#keyboard.compositionStart());
    listen('compositionend', (event) => {
      this.#add(this.#keyboard.compositionEnd(event.data));
      queueMicrotask(() => this.#emptyField());
    });
    listen('input', () => {
      if (this.#keyboard.isComposing) return;
      // A keyboard that cannot be stopped has deleted the sentinel.
      if (field.value === '') this.#add(this.#keyboard.beforeInput('deleteContentBackward', null).send);
      this.#emptyField();
    });
    listen('paste', (event) => {
      event.preventDefault();
      const text = event.clipboardData?.getData('text/plain').replaceAll('\r\n', '\n') ?? '';
      if (text !== '') this.#add([{ type: 'text', text }]);
    });
    field.addEventListener('contextmenu', (event) => event.preventDefault());
    field.addEventListener('blur', () => this.release());
    addEventListener('blur', () => this.release());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && this.release());
  }

  #emptyField(): void {
    const { field } = this.#deps;
    field.value = SENTINEL;
    field.setSelectionRange(1, 1);
  }
}
