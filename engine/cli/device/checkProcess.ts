// The process that checks one device: it may hang or crash with its driver.
import type { ExecutorId } from '../../runtime/executors.ts';
import { serveOrders } from '../../run/devices/serveOrders.ts';
import { runParity, type ParityRun } from '../parity.ts';
import { trainCheckSteps } from './checkSteps.ts';

export type CheckOrder =
  | { readonly kind: 'parity'; readonly executor: ExecutorId; readonly file: string }
  | { readonly kind: 'steps'; readonly executor: ExecutorId };

/** How a reference file went. */
export interface FileCheck {
  readonly file: string;
  readonly compared: number;
  /** The quantity nearest to (or farthest beyond) its limit; null where nothing was compared. */
  readonly worst: { readonly name: string; readonly error: number; readonly limit: number } | null;
  readonly error: string | null;
  readonly passed: boolean;
}

function summarise({ file, checks, error, passed }: ParityRun): FileCheck {
  const worst = checks.toSorted((a, b) => b.error / b.limit - a.error / a.limit)[0];
  return {
    file,
    compared: checks.length,
    worst: worst ? { name: `${worst.quantity} ${worst.name}`, error: worst.error, limit: worst.limit } : null,
    error: error?.message ?? null,
    passed,
  };
}

serveOrders<CheckOrder>(async (order, onProgress) => {
  if (order.kind === 'steps') return trainCheckSteps(order.executor, onProgress);
  const { runs } = await runParity([order.file], { executors: [order.executor] });
  return runs.map(summarise);
});
