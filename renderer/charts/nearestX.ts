// Chart.js pieces of ours for curves: hover finds in every series the point nearest in x, and a thin line marks the place.
import type { ActiveElement, Chart, ChartEvent, InteractionItem, Plugin } from 'chart.js';

declare module 'chart.js' {
  interface InteractionModeMap {
    nearestX: (chart: Chart, event: ChartEvent) => InteractionItem[];
  }
}

interface Place {
  readonly x: number;
}

/** Index of the point nearest in x; the list is sorted by x and not empty. */
export function findNearest(points: readonly Place[], x: number): number {
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle]!.x <= x) low = middle;
    else high = middle;
  }
  return Math.abs(points[low]!.x - x) <= Math.abs(points[high]!.x - x) ? low : high;
}

/** The nearest point of every visible series at a value of x. Series that do not reach there are left out. */
export function itemsAt(chart: Chart, x: number): (InteractionItem & ActiveElement)[] {
  const scale = chart.scales.x!;
  const reach = (scale.max - scale.min) / 20;
  return chart.getSortedVisibleDatasetMetas().flatMap((meta) => {
    const points = chart.data.datasets[meta.index]!.data as unknown as readonly (Place & {
      y: number | null;
    })[];
    if (points.length === 0) return [];
    const index = findNearest(points, x);
    const point = points[index]!;
    const element = meta.data[index];
    if (!element || point.y === null || Math.abs(point.x - x) > reach) return [];
    return [{ element, datasetIndex: meta.index, index }];
  });
}

/** Interaction mode `nearestX`. */
export function nearestX(chart: Chart, event: ChartEvent): InteractionItem[] {
  const x = chart.scales.x?.getValueForPixel(event.x ?? 0);
  return x === undefined ? [] : itemsAt(chart, x);
}

/** A vertical line through the point that is being read. */
export const crosshair: Plugin<'line'> = {
  id: 'thimbleCrosshair',
  afterDatasetsDraw(chart) {
    const first = chart.getActiveElements()[0];
    if (!first) return;
    const { ctx, chartArea } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.setLineDash([]);
    ctx.lineWidth = 1;
    ctx.strokeStyle = String(chart.options.color);
    ctx.globalAlpha = 0.4;
    ctx.moveTo(first.element.x, chartArea.top);
    ctx.lineTo(first.element.x, chartArea.bottom);
    ctx.stroke();
    ctx.restore();
  },
};
