// Colours and strokes of runs: Okabe–Ito by the run's fixed index, so a run looks the same on every screen. Hues that are
// too pale for a theme's background are darkened or lightened to 3:1; past eight runs the stroke changes, never colour alone.

export type SeriesKind = 'run' | 'random' | 'supervised';
export type Theme = 'light' | 'dark';

export interface SeriesLook {
  readonly colour: string;
  /** Canvas line dash; empty for a full line. */
  readonly dash: readonly number[];
  readonly width: number;
  readonly point: 'circle' | 'rect' | 'triangle' | 'rectRot' | 'crossRot';
}

/** Blue, vermilion, green, purple, orange, sky, yellow, ink: the order keeps neighbours far apart for every kind of sight. */
const hues: Readonly<Record<Theme, readonly string[]>> = {
  light: ['#0072B2', '#D55E00', '#009E73', '#B8608F', '#B57B00', '#2B8FC9', '#8A7F00', '#1E2326'],
  dark: ['#3D9BD9', '#E8742A', '#2FBF93', '#CC79A7', '#E69F00', '#56B4E9', '#F0E442', '#ECEAE4'],
};
const grays: Readonly<Record<Theme, string>> = { light: '#767E83', dark: '#8C969C' };
const inks: Readonly<Record<Theme, string>> = { light: '#5B646A', dark: '#9AA4AA' };

const dashes: readonly (readonly number[])[] = [[], [8, 3], [8, 3, 2, 3]];
const points = ['circle', 'rect', 'triangle', 'rectRot'] as const;

/** How a series is drawn. `index` is the run's own, not its place on a screen. */
export function lookOf(kind: SeriesKind, index: number, theme: Theme): SeriesLook {
  if (kind === 'random') return { colour: grays[theme], dash: [6, 4], width: 1.5, point: 'crossRot' };
  if (kind === 'supervised') return { colour: inks[theme], dash: [1, 3], width: 1.5, point: 'rectRot' };
  const list = hues[theme];
  const turn = Math.floor(index / list.length);
  return {
    colour: list[index % list.length]!,
    dash: dashes[turn % dashes.length]!,
    width: 2,
    point: points[turn % points.length]!,
  };
}

/** Eight hues of a theme, for tests and for the gallery. */
export function listHues(theme: Theme): readonly string[] {
  return [...hues[theme], grays[theme], inks[theme]];
}
