// Sentences about what a run will take, from what was measured; nothing here guesses.
import type { MeasuredCost, RunCost, RunForecast } from '../../../engine/contract/cost.ts';
import type { EngineError } from '../../../engine/contract/errors.ts';
import { explainError } from '../../app/explainError.ts';
import { formatAgo, formatBytes, formatCount, formatDuration, formatNumber } from '../../widgets/format.ts';
import type { CostState } from './costs.svelte.ts';
import type { ForecastState } from './newRunState.svelte.ts';

/** `30 epochs, 1,230 steps`. */
export function describeLength({ epochs, totalSteps }: Pick<RunForecast, 'epochs' | 'totalSteps'>): string {
  const rounded = epochs < 10 ? Math.round(epochs * 10) / 10 : Math.round(epochs);
  return `${formatNumber(rounded, 1)} ${rounded === 1 ? 'epoch' : 'epochs'}, ${formatCount(totalSteps, 'step')}`;
}

/** `5 min (4 to 7 min)`, or the time alone where the ends read the same. */
export function describeTime({
  totalMs,
  leastMs,
  mostMs,
}: Pick<RunForecast, 'totalMs' | 'leastMs' | 'mostMs'>): string {
  const [time, least, most] = [totalMs, leastMs, mostMs].map((ms) => formatDuration(ms));
  if (least === most) return time!;
  const [number, unit, ...more] = least!.split(' ');
  const saysUnitOnce = more.length === 0 && most!.endsWith(` ${unit}`) && most!.split(' ').length === 2;
  return `${time} (${saysUnitOnce ? number : least} to ${most})`;
}

/** `Energy: 0.12 kWh (0.1 to 0.14), …`, or that the system does not tell. */
export function describeEnergy({ cost, forecast }: Pick<MeasuredCost, 'cost' | 'forecast'>): string {
  if (cost.power === null || forecast.energy === null) return 'This system does not tell its power.';
  const [kwh, least, most] = [forecast.energy.kwh, forecast.energy.leastKwh, forecast.energy.mostKwh].map(
    (value) => Number(value.toPrecision(2)).toString(),
  );
  return `Energy: ${kwh} kWh (${least} to ${most}), for ${cost.power.covers}.`;
}

/** Where the numbers come from: `9 steps of 128 ms, measured just now`. */
export function describeSource(cost: RunCost, isFresh: boolean, now?: number): string {
  const when = isFresh ? 'just now' : formatAgo(cost.measuredAtMs, now);
  const beside = cost.besideTraining ? ' while a run trained; alone they are faster' : '';
  return `${formatCount(cost.measuredSteps, 'step')} of ${formatNumber(cost.stepMs)} ms, measured ${when}${beside}`;
}

export interface CostWarning {
  readonly tone: 'caution' | 'bad';
  readonly text: string;
}

/** What will not go well on this machine. */
export function listWarnings(cost: RunCost): CostWarning[] {
  const warnings: CostWarning[] = [];
  const { peakMemoryBytes, machineMemoryBytes, diskBytes, freeDiskBytes, batchSize, imagesAtOnce } = cost;
  if (imagesAtOnce < batchSize) {
    warnings.push({
      tone: 'caution',
      text: `Memory does not hold ${batchSize} images at once: each step computes ${imagesAtOnce} at a time. The same result, a little slower.`,
    });
  }
  if (peakMemoryBytes > 0.8 * machineMemoryBytes) {
    warnings.push({
      tone: 'caution',
      text: `It needs ${formatBytes(peakMemoryBytes)} of the ${formatBytes(machineMemoryBytes)} of memory here. A smaller batch needs less.`,
    });
  }
  if (diskBytes > freeDiskBytes) {
    warnings.push({
      tone: 'bad',
      text: `It needs ${formatBytes(diskBytes)} on the disk, and ${formatBytes(freeDiskBytes)} are free.`,
    });
  }
  return warnings;
}

/** All runs one after the other. */
export function addForecasts(
  forecasts: readonly MeasuredCost[],
): Pick<RunForecast, 'totalMs' | 'leastMs' | 'mostMs'> {
  const sum = (key: 'totalMs' | 'leastMs' | 'mostMs') =>
    forecasts.reduce((total, { forecast }) => total + forecast[key], 0);
  return { totalMs: sum('totalMs'), leastMs: sum('leastMs'), mostMs: sum('mostMs') };
}

/** Why there is no forecast. A time that is too short is the one thing that a person can ask for and not get. */
export function explainImpossible(error: EngineError): { readonly title: string; readonly text: string } {
  const isTooShort = error.code === 'request.invalid' && 'minutes' in error.details;
  return {
    title: isTooShort ? 'This time is too short' : explainError(error).title,
    text: error.message,
  };
}

/** The screen's verdict: how long all of it takes. */
export function describeForecast(state: ForecastState, runs: number, own: CostState | null): string {
  if (state.kind === 'impossible') return `${explainImpossible(state.error).title}.`;
  if (state.kind === 'unknown') {
    if (own?.kind === 'measuring') return 'Being measured now, with real steps on your images.';
    if (own?.kind === 'waiting') return 'Measured in a moment.';
    return 'Not measured yet with these settings.';
  }
  if (state.kind === 'asking') return 'Asking what was measured here.';
  const time = describeTime(addForecasts(state.forecasts));
  const [first] = state.forecasts;
  if (runs === 1) return `${describeLength(first!.forecast)}: ${time} on this computer.`;
  if (state.missing === 0) return `${formatNumber(runs)} runs: ${time} on this computer.`;
  return `${formatNumber(runs - state.missing)} of ${formatNumber(runs)} runs: ${time}. The others are not measured yet.`;
}
