type KeyboardLock = { lock?(): Promise<void>; unlock?(): void };

/** Whether this page may go to full screen; in a frame that takes the permission of the page around it. */
export const canGoFullScreen = (): boolean => document.fullscreenEnabled === true;

/** Full screen for this element, or back. While it lasts, Esc and the like go to the page where the browser allows it. */
export async function toggleFullScreen(element: Element): Promise<void> {
  const { keyboard } = navigator as Navigator & { keyboard?: KeyboardLock };
  if (document.fullscreenElement) {
    keyboard?.unlock?.();
    return document.exitFullscreen();
  }
  await element.requestFullscreen({ navigationUI: 'hide' });
  // Only over https; without it, Esc leaves full screen.
  await keyboard?.lock?.().catch(() => {});
}
