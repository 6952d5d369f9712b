type Shape = { size: { width: number; height: number }; hot: { x: number; y: number }; png: Uint8Array };

/** Browsers show none that is larger. */
const LARGEST_PX = 128;

/** The CSS cursor that looks like the pointer over there; undefined for one that cannot be shown. */
export function cursorOf({ size, hot, png }: Shape): string | undefined {
  if (png.length === 0) return undefined;
  if (Math.max(size.width, size.height) > LARGEST_PX || hot.x >= size.width || hot.y >= size.height) return undefined;
  const base64 = btoa(Array.from(png, (byte) => String.fromCharCode(byte)).join(''));
  return `url("data:image/png;base64,${base64}") ${hot.x} ${hot.y}, default`;
}
