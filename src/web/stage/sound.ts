type Deps = {
  video: HTMLVideoElement;
  /** What switches the sound: a click there is not one by which it may come. */
  controls: Element;
  /** Something about it has changed. */
  changed(): void;
};

const KEPT_AS = 'portal-volume';

/**
 * The sound of a video. Browsers keep pages silent until somebody does something on them: until then it is *held back*,
 * and comes with the first click or key.
 */
export class Sound {
  readonly #deps: Deps;
  #isWanted: boolean = true;
  #isHeldBack: boolean = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    deps.video.volume = keptVolume();
    // Those of the events that count as an act of the person.
    for (const name of ['pointerdown', 'pointerup', 'keydown'] as const)
      addEventListener(name, ({ target }) => void this.#release(target), { capture: true });
  }

  get isOn(): boolean {
    return this.#isWanted && !this.#isHeldBack && this.volume > 0;
  }

  /** The sound is wanted, and waits for a click. */
  get isHeldBack(): boolean {
    return this.#isWanted && this.#isHeldBack;
  }

  get volume(): number {
    return this.#deps.video.volume;
  }

  /** To be called whenever the video gets something to play. */
  async play(): Promise<void> {
    const { video } = this.#deps;
    video.muted = !this.#isWanted;
    this.#isHeldBack = false;
    try {
      await video.play();
    } catch (error) {
      // Another play() has taken its place.
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      this.#isHeldBack = true;
      video.muted = true;
      // Where even that is not allowed, the first click brings the picture too.
      await video.play().catch(() => {});
    }
    this.#deps.changed();
  }

  toggle(): void {
    const isOn = this.isOn;
    this.#isWanted = !isOn;
    if (!isOn && this.volume === 0) this.#deps.video.volume = 1;
    void this.play();
  }

  setVolume(volume: number): void {
    this.#deps.video.volume = volume;
    keepVolume(volume);
    this.#isWanted = volume > 0;
    void this.play();
  }

  async #release(target: EventTarget | null): Promise<void> {
    if (this.#isHeldBack && !(target instanceof Node && this.#deps.controls.contains(target))) await this.play();
  }
}

function keptVolume(): number {
  try {
    const kept = Number(localStorage.getItem(KEPT_AS) ?? 1);
    return kept > 0 && kept <= 1 ? kept : 1;
  } catch {
    // Not every frame may store something.
    return 1;
  }
}

function keepVolume(volume: number): void {
  try {
    localStorage.setItem(KEPT_AS, String(volume));
  } catch {
    // It is for this time only, then.
  }
}
