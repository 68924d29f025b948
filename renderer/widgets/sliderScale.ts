// Where a value sits on a slider and back, evenly or by factors (for minutes: as far from 5 to 10 as from 60 to 120). Pure.

export interface SliderScale {
  readonly min: number;
  readonly max: number;
  readonly log: boolean;
}

/** The slider's own resolution: positions are whole numbers from 0 to this. */
export const sliderSteps = 200;

/** Position 0 to sliderSteps of a value, clamped. */
export function toPosition(value: number, scale: SliderScale): number {
  const { min, max, log } = scale;
  const share = log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return Math.round(Math.min(1, Math.max(0, share)) * sliderSteps);
}

/** The value at a position, rounded to `step`, or on a log scale without a step to two significant digits. */
export function fromPosition(position: number, scale: SliderScale, step?: number): number {
  const { min, max, log } = scale;
  const share = Math.min(1, Math.max(0, position / sliderSteps));
  if (share === 0) return min;
  if (share === 1) return max;
  const raw = log ? min * (max / min) ** share : min + (max - min) * share;
  const rounded = step ? Math.round(raw / step) * step : Number(raw.toPrecision(log ? 2 : 12));
  return Math.min(max, Math.max(min, Number(rounded.toPrecision(12))));
}
