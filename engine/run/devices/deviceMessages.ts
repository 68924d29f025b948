// What the engine and a device process say to each other. Plain data.
import type { RunConfig } from '../../contract/config.ts';
import type { TaskProgress } from '../../contract/contract.ts';
import type { SerializedError } from '../../contract/errors.ts';
import type { ExecutorProbe } from '../../runtime/discovery/probeExecutor.ts';
import type { ExecutorId } from '../../runtime/executors.ts';
import type { StepRate } from '../measure/measureDevice.ts';

/** To the process; one order each. */
export type DeviceOrder =
  | { readonly kind: 'probe'; readonly executor: ExecutorId }
  | { readonly kind: 'measure'; readonly executor: ExecutorId; readonly config: RunConfig };

/** What each order is answered with. */
export interface DeviceResults {
  readonly probe: ExecutorProbe;
  readonly measure: StepRate;
}

/** From the process. */
export type DeviceReply<Result> =
  | { readonly kind: 'progress'; readonly progress: TaskProgress }
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'error'; readonly error: SerializedError };
