import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';

/** Lightness, chroma and hue of OKLCH. */
type Colour = [number, number, number];

const css = await Bun.file(join(import.meta.dir, '../../src/web/styles/tokens.css')).text();
const colours = new Map(
  [...css.matchAll(/--([a-z0-9-]+): light-dark\(oklch\(([\d. ]+)\), oklch\(([\d. ]+)\)\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light: colour(light), dark: colour(dark) }] as const,
  ),
);

function colour(text: string): Colour {
  const [l = 0, c = 0, h = 0] = text.split(' ').map(Number);
  return [l, c, h];
}

function toLinearRgb([lightness, chroma, hue]: Colour): [number, number, number] {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** The contrast of WCAG 2. */
function contrast(one: Colour, other: Colour): number {
  const [high = 0, low = 0] = [one, other]
    .map((each) => toLinearRgb(each).map((value) => Math.max(0, Math.min(1, value))))
    .map(([r = 0, g = 0, b = 0]) => 0.2126 * r + 0.7152 * g + 0.0722 * b)
    .sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

describe('the colours of the pages, by day and by night', () => {
  test('are colours that every screen has', () => {
    expect(colours.size).toBeGreaterThan(20);
    const isShown = (each: Colour) => toLinearRgb(each).every((value) => value > -0.001 && value < 1.001);
    expect([...colours].filter(([, { light, dark }]) => !isShown(light) || !isShown(dark))).toEqual([]);
  });

  test.each([
    ['ink', 'page', 7],
    ['ink', 'surface', 7],
    ['ink', 'raised', 7],
    ['ink', 'sunken', 7],
    ['ink-2', 'page', 4.5],
    ['ink-2', 'surface', 4.5],
    ['ink-2', 'sunken', 4.5],
    ['ink-2', 'raised', 4.5],
    ['ink-3', 'surface', 4.5],
    ['on-primary', 'primary', 4.5],
    ['on-primary', 'primary-up', 4.5],
    ['on-control', 'control', 4.5],
    ['control-ink', 'control-soft', 4.5],
    ['warn-ink', 'warn-soft', 4.5],
    ['warn-ink', 'surface', 4.5],
    ['stage-ink', 'stage', 7],
    ['stage-ink', 'stage-2', 7],
    ['stage-ink-2', 'stage', 4.5],
    ['edge', 'surface', 3],
    ['edge', 'raised', 3],
    ['ring', 'surface', 3],
    ['ring', 'page', 3],
  ])('let %s be read on %s', (text, ground, least) => {
    for (const theme of ['light', 'dark'] as const) {
      const [one, other] = [colours.get(text)?.[theme], colours.get(ground)?.[theme]];
      if (!one || !other) throw new Error('there is no such colour');
      expect(contrast(one, other)).toBeGreaterThanOrEqual(least);
    }
  });
});
