// How values of more than eight bits become bytes: the image's own smallest and largest value become 0 and 255. Nothing
// is clipped; 12-bit data in 16-bit files and narrow windows come out with their full contrast.
import type { IntensityWindow } from '../contract/dataset.ts';

type WideArray = Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array;
export type WideArrayConstructor = new (buffer: ArrayBufferLike) => WideArray;

export interface WideValues {
  /** [pixels, channels], interleaved; 1 or 2 channels are gray (and alpha), 3 or 4 are colour (and alpha). */
  readonly values: WideArray;
  readonly channels: number;
  readonly rule: 'integerRange' | 'floatRange';
  /** The alpha value that means opaque. */
  readonly opaque: number;
  /** Byte that shows through where alpha is 0. */
  readonly background: number;
}

export interface ScaledPixels {
  /** [pixels, 3], 0 … 255. */
  readonly pixels: Uint8Array;
  readonly window: IntensityWindow;
  readonly hasNonFinite: boolean;
}

interface ValueRange {
  readonly low: number;
  readonly high: number;
  readonly hasNonFinite: boolean;
}

/** Smallest and largest finite value of the colour channels; null where no value is finite. */
function findRange(values: WideArray, channels: number, colors: number): ValueRange | null {
  let low = Infinity;
  let high = -Infinity;
  let hasNonFinite = false;
  for (let start = 0; start < values.length; start += channels) {
    for (let channel = 0; channel < colors; channel++) {
      const value = values[start + channel]!;
      if (!Number.isFinite(value)) hasNonFinite = true;
      else {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
  }
  return low > high ? null : { low, high, hasNonFinite };
}

/**
 * Scales values linearly so that the smallest becomes 0 and the largest 255 (all channels alike; a constant image becomes
 * 0). NaN and −∞ count as the smallest value, +∞ as the largest. Null where not one value is finite.
 */
export function scaleToBytes(input: WideValues): ScaledPixels | null {
  const { values, channels, rule, opaque, background } = input;
  const colors = channels >= 3 ? 3 : 1;
  const hasAlpha = channels === 2 || channels === 4;
  const range = findRange(values, channels, colors);
  if (!range) return null;
  const { low, high, hasNonFinite } = range;
  const scale = high > low ? 255 / (high - low) : 0;
  const count = Math.floor(values.length / channels);
  const pixels = new Uint8Array(count * 3);
  for (let pixel = 0; pixel < count; pixel++) {
    const alpha = hasAlpha ? Math.min(1, Math.max(0, values[pixel * channels + channels - 1]! / opaque)) : 1;
    for (let channel = 0; channel < 3; channel++) {
      const value = values[pixel * channels + (colors === 3 ? channel : 0)]!;
      const finite = Number.isNaN(value) ? low : Math.min(high, Math.max(low, value));
      const byte = (finite - low) * scale;
      pixels[pixel * 3 + channel] = Math.round(byte * alpha + background * (1 - alpha));
    }
  }
  return { pixels, window: { rule, low, high }, hasNonFinite };
}
