import type { BrowserFrame } from '../../client/room/frame-feed.ts';

export type Screen = {
  /** Decodes and draws a picture; resolves once it is on the canvas. */
  draw(frame: BrowserFrame): Promise<void>;
  /** Forgets the last picture. */
  clear(): void;
};

/** Draws the pictures of a shared browser. A smaller picture, as a slow line gets it, fills the same canvas. */
export function createScreen(canvas: HTMLCanvasElement): Screen {
  const context = canvas.getContext('2d', { alpha: false });
  return {
    async draw({ width, height, data }) {
      const picture = await createImageBitmap(new Blob([data], { type: 'image/jpeg' }));
      // Setting the size clears the canvas, even to the same one.
      if (width > canvas.width || height > canvas.height) Object.assign(canvas, { width, height });
      context?.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
    },
    clear: () => context?.fillRect(0, 0, canvas.width, canvas.height),
  };
}
