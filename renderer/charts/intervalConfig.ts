// Chart.js configuration of dots with whiskers, one row each: shared by the ladder and by the differences. Pure.
import type { ChartConfiguration } from 'chart.js';
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { axisLook, baseOptions, shorten, tooltipLook } from './chartOptions.ts';
import type { ChartTokens } from './chartTokens.ts';
import type { IntervalRow } from './intervalRow.ts';

export interface RowLook {
  readonly colour: string;
  readonly point: string;
  readonly hollow: boolean;
}

export interface IntervalSpec {
  readonly rows: readonly IntervalRow[];
  readonly limits: { readonly min: number; readonly max: number };
  readonly xLabel?: string;
  readonly lookOf: (row: IntervalRow) => RowLook;
  readonly formatTick: (value: number) => string;
  /** Lines of the hover text under the row's name. */
  readonly describe: (row: IntervalRow) => readonly string[];
  readonly lines: Readonly<Record<string, AnnotationOptions>>;
}

/** Pixels a chart of so many rows needs. */
export function heightOf(rowCount: number): number {
  return Math.max(120, rowCount * 34 + 56);
}

export function buildIntervalConfig(spec: IntervalSpec, tokens: ChartTokens): ChartConfiguration {
  const config: ChartConfiguration<'scatterWithErrorBars'> = {
    type: 'scatterWithErrorBars',
    data: { datasets: [datasetOf(spec, tokens)] },
    options: {
      ...baseOptions(tokens),
      layout: { padding: { right: 12, top: 4 } },
      interaction: { mode: 'nearest', axis: 'y', intersect: false },
      scales: {
        x: {
          ...axisLook(tokens, spec.xLabel),
          type: 'linear',
          min: spec.limits.min,
          max: spec.limits.max,
          ticks: {
            ...axisLook(tokens, undefined).ticks,
            maxTicksLimit: 9,
            includeBounds: false,
            callback: (value) => spec.formatTick(Number(value)),
          },
        },
        y: {
          ...axisLook(tokens, undefined),
          type: 'linear',
          reverse: true,
          min: -0.6,
          max: spec.rows.length - 0.4,
          border: { display: false },
          grid: { display: false },
          afterBuildTicks: (axis) => {
            axis.ticks = spec.rows.map((_, value) => ({ value }));
          },
          ticks: {
            color: tokens.ink,
            font: { family: tokens.sans, size: 13 },
            autoSkip: false,
            callback: (value) => shorten(spec.rows[Number(value)]?.label ?? '', 42),
          },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltipLook(tokens),
          callbacks: {
            title: (items) => spec.rows[items[0]?.dataIndex ?? -1]?.label ?? '',
            label: (item) => [...spec.describe(spec.rows[item.dataIndex]!)],
          },
        },
        annotation: { annotations: { ...spec.lines } },
        zoom: false as never,
      },
    },
  };
  return config as unknown as ChartConfiguration;
}

function datasetOf(
  spec: IntervalSpec,
  tokens: ChartTokens,
): ChartConfiguration<'scatterWithErrorBars'>['data']['datasets'][number] {
  const looks = spec.rows.map(spec.lookOf);
  const colours = looks.map(({ colour }) => colour);
  const fills = looks.map(({ hollow, colour }) => (hollow ? tokens.sheet : colour));
  return {
    // The types want whiskers in y as well; without them none are drawn there.
    data: spec.rows.map(({ value, low, high }, y) => ({ x: value, y, ...whiskers(low, high) })) as never,
    // Named without "point" before them: that is how this element's own options are found.
    ...({
      pointStyle: looks.map(({ point }) => point),
      radius: 5.5,
      hoverRadius: 6.5,
      borderWidth: 2,
      hoverBorderWidth: 2,
      borderColor: colours,
      hoverBorderColor: colours,
      backgroundColor: fills,
      hoverBackgroundColor: fills,
    } as object),
    errorBarColor: colours as never,
    errorBarWhiskerColor: colours as never,
    errorBarLineWidth: 2,
    errorBarWhiskerLineWidth: 2,
    errorBarWhiskerSize: 10,
  };
}

function whiskers(low: number | null, high: number | null): { xMin: number; xMax: number } | object {
  return low === null || high === null ? {} : { xMin: low, xMax: high };
}
