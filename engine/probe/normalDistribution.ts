// The standard normal distribution, and Wilson's score interval for a share.

/** P(Z ≤ x), absolute error below 1e-14. */
export function computeNormalCdf(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  // Marsaglia's series: Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …).
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** The x with P(Z ≤ x) = probability; −8 and 8 at the ends. */
export function computeNormalQuantile(probability: number): number {
  let low = -8;
  let high = 8;
  for (let halvings = 0; halvings < 60; halvings++) {
    const middle = (low + high) / 2;
    if (computeNormalCdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Wilson's 95 % score interval for `successes` (may be fractional) out of `trials`. */
export function computeWilsonInterval(successes: number, trials: number): readonly [number, number] {
  const z = 1.959963984540054;
  const share = successes / trials;
  const centre = share + (z * z) / (2 * trials);
  const spread = z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  const whole = 1 + (z * z) / trials;
  // At the ends the bound is exact; rounding would leave 1e-18 in its place.
  return [
    successes <= 0 ? 0 : Math.max(0, (centre - spread) / whole),
    successes >= trials ? 1 : Math.min(1, (centre + spread) / whole),
  ];
}
