// Limited-memory BFGS for smooth convex functions: deterministic, float64, with a backtracking line search that asks for
// sufficient decrease and keeps only steps of positive curvature.

/** Writes the gradient at x into `gradient` and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface LbfgsResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** True when the largest gradient entry fell below the tolerance, or no further decrease was possible. */
  readonly converged: boolean;
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly inverseCurvature: number;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[i]!;
}

function largestEntry(a: Float64Array): number {
  let largest = 0;
  for (const value of a) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** −H·gradient by the two-loop recursion. */
function descentDirection(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const weights = pairs.map(() => 0);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const pair = pairs[i]!;
    weights[i] = pair.inverseCurvature * dot(pair.step, direction);
    addScaled(direction, -weights[i]!, pair.change);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.inverseCurvature * dot(last.change, last.change));
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  pairs.forEach((pair, i) => {
    addScaled(direction, weights[i]! - pair.inverseCurvature * dot(pair.change, direction), pair.step);
  });
  return direction;
}

function curvaturePair(step: Float64Array, change: Float64Array): Pair | null {
  const curvature = dot(step, change);
  return curvature > 1e-12 * dot(change, change) ? { step, change, inverseCurvature: 1 / curvature } : null;
}

/**
 * Minimises a smooth function from `start` (which is left unchanged). Stops when the largest gradient entry is at most
 * `gradientTolerance`, after `maxIterations`, or when rounding allows no further decrease.
 */
export function minimiseLbfgs(
  objective: Objective,
  start: Float64Array,
  options: { readonly maxIterations: number; readonly gradientTolerance: number; readonly memory?: number },
): LbfgsResult {
  let x = start.slice();
  let gradient = new Float64Array(x.length);
  let value = objective(x, gradient);
  const pairs: Pair[] = [];
  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    if (largestEntry(gradient) <= options.gradientTolerance)
      return { x, value, iterations: iteration, converged: true };
    const direction = descentDirection(gradient, pairs);
    const slope = dot(gradient, direction);
    // Without curvature information the first step is kept to unit length.
    let length = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const nextGradient = new Float64Array(x.length);
    let next = x;
    let nextValue = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 30 && !(nextValue <= value + 1e-4 * length * slope); tries++) {
      if (tries > 0) length /= 2;
      next = x.slice();
      addScaled(next, length, direction);
      nextValue = objective(next, nextGradient);
    }
    if (!(nextValue < value)) return { x, value, iterations: iteration, converged: true };
    const pair = curvaturePair(
      next.map((entry, i) => entry - x[i]!),
      nextGradient.map((entry, i) => entry - gradient[i]!),
    );
    if (pair) pairs.push(pair);
    if (pairs.length > (options.memory ?? 10)) pairs.shift();
    [x, gradient, value] = [next, nextGradient, nextValue];
  }
  return { x, value, iterations: options.maxIterations, converged: false };
}
