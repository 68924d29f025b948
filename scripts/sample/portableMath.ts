// Elementary functions built from + - * / alone, so the sample's pixels are the same on every
// processor and every version of the JavaScript engine (Math.sin and Math.exp promise no such thing).

const TURN = 6.283185307179586;

export const PI = TURN / 2;

/** Sine of an angle in radians, to about nine digits. */
export function sine(angle: number): number {
  let x = angle - TURN * Math.round(angle / TURN);
  if (x > PI / 2) x = PI - x;
  if (x < -PI / 2) x = -PI - x;
  const s = x * x;
  const tail = 1 - (s / 110) * (1 - (s / 156) * (1 - s / 210));
  return x * (1 - (s / 6) * (1 - (s / 20) * (1 - (s / 42) * (1 - (s / 72) * tail))));
}

export function cosine(angle: number): number {
  return sine(angle + PI / 2);
}

/** Exponential for arguments of modest size (|x| below about 30). */
export function exponential(x: number): number {
  const r = x / 32;
  let sum = 1;
  for (let k = 10; k >= 1; k--) sum = 1 + (r / k) * sum;
  for (let doubling = 0; doubling < 5; doubling++) sum *= sum;
  return sum;
}

export function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x;
}

export function mix(a: number, b: number, amount: number): number {
  return a + (b - a) * amount;
}

/** 0 below `low`, 1 above `high`, with a smooth cubic between. */
export function smoothstep(low: number, high: number, x: number): number {
  const t = clamp((x - low) / (high - low), 0, 1);
  return t * t * (3 - 2 * t);
}

/** A bell of height 1 at 0 that is exactly 0 beyond ±`halfWidth`; cheaper than a Gaussian. */
export function bump(x: number, halfWidth: number): number {
  const s = (x / halfWidth) * (x / halfWidth);
  return s >= 1 ? 0 : (1 - s) * (1 - s);
}
