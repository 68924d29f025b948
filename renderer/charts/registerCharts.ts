// Tells Chart.js the parts we use, once; nothing else of it is bundled.
import {
  Chart,
  Interaction,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js';
import { PointWithErrorBar, ScatterWithErrorBarsController } from 'chartjs-chart-error-bars';
import annotationPlugin from 'chartjs-plugin-annotation';
import zoomPlugin from 'chartjs-plugin-zoom';
import { nearestX } from './nearestX.ts';

let isDone = false;

export function registerCharts(): void {
  if (isDone) return;
  isDone = true;
  Chart.register(
    LineController,
    LineElement,
    PointElement,
    LinearScale,
    LogarithmicScale,
    Tooltip,
    ScatterWithErrorBarsController,
    PointWithErrorBar,
    annotationPlugin,
    zoomPlugin,
  );
  Interaction.modes.nearestX = nearestX;
}
