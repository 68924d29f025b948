// A LineChart's Chart.js configuration from its series and the tokens. Pure: the same for the screen and for files.
import type { ChartConfiguration, ChartDataset } from 'chart.js';
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { axisLook, baseOptions, fontOf, tooltipLook } from './chartOptions.ts';
import type { ChartTokens } from './chartTokens.ts';
import { pointsIn, type LineSeries, type Range } from './lineSeries.ts';
import { crosshair } from './nearestX.ts';
import { lookOf } from './palette.ts';

export interface LineMark {
  readonly x: number;
  readonly label: string;
}

export interface LineSpec {
  readonly series: readonly LineSeries[];
  readonly hidden: ReadonlySet<string>;
  readonly range: Range | null;
  readonly extent: Range | null;
  readonly xLabel?: string;
  readonly yLabel?: string;
  readonly logY: boolean;
  readonly yMin?: number;
  readonly yMax?: number;
  readonly reference?: { readonly value: number; readonly label: string };
  readonly marks: readonly LineMark[];
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  readonly compact: boolean;
  readonly onRange: (range: Range) => void;
}

/** More than a pixel can show apart of a chart as wide as its column; each costs time. */
const pointsOnScreen = { large: 1200, compact: 720 } as const;

export function buildLineConfig(spec: LineSpec, tokens: ChartTokens): ChartConfiguration<'line'> {
  const { extent, range } = spec;
  return {
    type: 'line',
    data: { datasets: spec.series.map((series) => datasetOf(series, spec, tokens)) },
    plugins: [crosshair],
    options: {
      ...baseOptions(tokens),
      parsing: false,
      layout: { padding: { top: 4, right: 8 } },
      interaction: { mode: 'nearestX', intersect: false },
      scales: {
        x: {
          ...axisLook(tokens, spec.xLabel),
          type: 'linear',
          min: (range ?? extent)?.min,
          max: (range ?? extent)?.max,
          ticks: {
            ...axisLook(tokens, undefined).ticks,
            maxTicksLimit: spec.compact ? 4 : 9,
            includeBounds: false,
            callback: (value) => spec.formatX(Number(value)),
          },
          grid: { display: false },
        },
        y: {
          ...axisLook(tokens, spec.yLabel),
          type: spec.logY ? 'logarithmic' : 'linear',
          suggestedMin: spec.reference && !spec.logY ? spec.reference.value : undefined,
          // Room above the line for its name.
          suggestedMax: spec.reference && spec.reference.value * 1.08,
          min: spec.yMin,
          max: spec.yMax,
          ticks: {
            ...axisLook(tokens, undefined).ticks,
            maxTicksLimit: spec.compact ? 4 : 7,
            callback: (value) => spec.formatY(Number(value)),
          },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltipLook(tokens),
          callbacks: {
            title: (items) =>
              items[0] ? `${spec.xLabel ?? 'x'} ${spec.formatX(items[0].parsed.x ?? 0)}` : '',
            label: (item) => `${item.dataset.label}: ${spec.formatY(item.parsed.y ?? Number.NaN)}`,
          },
        },
        annotation: { annotations: annotationsOf(spec, tokens) },
        zoom: {
          limits: extent
            ? { x: { min: extent.min, max: extent.max, minRange: (extent.max - extent.min) / 500 } }
            : {},
          zoom: {
            mode: 'x',
            drag: { enabled: !spec.compact, backgroundColor: withAlpha(tokens.accent), threshold: 6 },
            wheel: { enabled: !spec.compact, modifierKey: 'ctrl', speed: 0.15 },
            onZoomComplete: ({ chart }) =>
              spec.onRange({ min: chart.scales.x!.min, max: chart.scales.x!.max }),
          },
        },
      },
    },
  };
}

function datasetOf(series: LineSeries, spec: LineSpec, tokens: ChartTokens): ChartDataset<'line'> {
  const look = lookOf(series.kind ?? 'run', series.index ?? 0, tokens.theme);
  const points = pointsIn(
    series.points,
    spec.range,
    spec.compact ? pointsOnScreen.compact : pointsOnScreen.large,
  );
  const few = points.length <= 40 && !series.faint;
  return {
    label: series.label,
    data: points as ChartDataset<'line'>['data'],
    hidden: spec.hidden.has(series.id),
    borderColor: series.faint ? withAlpha(look.colour, 0.35) : look.colour,
    backgroundColor: look.colour,
    borderWidth: series.faint ? 1 : look.width,
    borderDash: [...look.dash],
    borderJoinStyle: 'round',
    pointStyle: look.point,
    pointRadius: few && !spec.compact ? 2.5 : points.length === 1 ? 3 : 0,
    pointHoverRadius: series.faint ? 0 : 4,
    pointHitRadius: 0,
    pointBorderColor: look.colour,
    spanGaps: false,
    tension: 0,
  };
}

function annotationsOf(spec: LineSpec, tokens: ChartTokens): Record<string, AnnotationOptions> {
  const label = {
    display: true,
    backgroundColor: tokens.sheet,
    color: tokens.softInk,
    font: fontOf(tokens),
    padding: { x: 4, y: 1 },
  };
  const lines: Record<string, AnnotationOptions> = {};
  if (spec.reference) {
    lines.reference = {
      type: 'line',
      yMin: spec.reference.value,
      yMax: spec.reference.value,
      borderColor: lookOf('random', 0, tokens.theme).colour,
      borderWidth: 1.5,
      borderDash: [6, 4],
      label: {
        ...label,
        content: spec.reference.label,
        position: 'end',
        yAdjust: isEndBelow(spec) ? -10 : 10,
      },
    };
  }
  spec.marks.forEach((mark, at) => {
    lines[`mark${at}`] = {
      type: 'line',
      xMin: mark.x,
      xMax: mark.x,
      borderColor: tokens.softInk,
      borderWidth: 1,
      borderDash: [2, 2],
      label: { ...label, content: mark.label, position: 'end' },
    };
  });
  return lines;
}

/** Whether the curves end below the reference line: its name stands on the side where they are not. */
function isEndBelow({ series, reference }: LineSpec): boolean {
  const ends = series.map(({ points }) => points.at(-1)?.y ?? Number.NaN);
  return reference !== undefined && ends.some((y) => y < reference.value);
}

/** A token's colour (rgb() or #hex) made see-through. */
export function withAlpha(colour: string, alpha = 0.15): string {
  const share = Math.round(alpha * 255);
  if (colour.startsWith('#')) return `${colour}${share.toString(16).padStart(2, '0')}`;
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
