// Differences, intervals and probabilities as a person would say them.

/** A signed share as points: 0.032 → "3.2", −0.011 → "−1.1"; never "−0.0". */
export function sayPoints(share: number): string {
  const text = Math.abs(share * 100).toFixed(1);
  return share < 0 && text !== '0.0' ? `−${text}` : text;
}

/** As sayPoints, with "+" before a gain. */
export function saySignedPoints(share: number): string {
  const text = sayPoints(share);
  return share > 0 && text !== '0.0' ? `+${text}` : text;
}

/** "0.4 to 6.1" */
export function sayRange(low: number, high: number): string {
  return `${sayPoints(low)} to ${sayPoints(high)}`;
}

/** "1 image", "18 images" */
export function sayCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** A probability as odds: 0.021 → "about 1 time in 50"; two significant digits, no false exactness. */
export function sayChance(p: number): string {
  if (p < 1e-4) return 'less than 1 time in 10,000';
  if (p > 0.67) return 'almost always';
  const times = 1 / p;
  const unit = times < 20 ? 1 : times < 100 ? 5 : 10 ** Math.floor(Math.log10(times)) / 2;
  const rounded = Math.round(times / unit) * unit;
  return `about 1 time in ${String(rounded).replace(/\B(?=(\d{3})+$)/g, ',')}`;
}
