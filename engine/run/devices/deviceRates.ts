// Rates that were measured on this machine, under names that change with whatever makes them different: processor, graphics
// adapters and their drivers, onnxruntime, and the shape of the training step.
import { createHash } from 'node:crypto';
import type { RunConfig } from '../../contract/config.ts';
import type { AppData, MeasuredRate } from '../../project/appData.ts';
import type { SystemAdapter } from '../../runtime/discovery/adapterParsers.ts';
import type { ExecutorId } from '../../runtime/executors.ts';

/** More rates than this are not kept: those of a machine or a driver that is gone go first. */
const mostRates = 200;

/** What of a configuration decides how long a step takes. */
function nameShape({ model, masking, optimizer }: RunConfig): string {
  const { batchSize, microBatch, precision } = optimizer;
  const shape = JSON.stringify([model, masking.dropRatio, batchSize, microBatch, precision]);
  const hash = createHash('sha256').update(shape).digest('hex').slice(0, 12);
  return `${model.imageSize} px, ${model.embedDim} × ${model.depth}, batch ${batchSize} (${hash})`;
}

/** What of a machine decides it. */
export interface MachineName {
  readonly processor: string;
  readonly onnxruntime: string;
  readonly adapters: readonly SystemAdapter[];
}

export class DeviceRates {
  readonly #app: AppData;
  readonly #machine: MachineName;

  constructor(app: AppData, machine: MachineName) {
    this.#app = app;
    this.#machine = machine;
  }

  /** Undefined where it was never measured, or on another machine or driver. */
  find(id: ExecutorId, config: RunConfig): MeasuredRate | undefined {
    return this.#app.deviceRates.read()[this.#nameOf(id, config)];
  }

  remember(id: ExecutorId, config: RunConfig, rate: MeasuredRate): void {
    this.#app.deviceRates.update((rates) => {
      const { [this.#nameOf(id, config)]: _old, ...others } = rates;
      const newest = Object.entries(others).slice(-(mostRates - 1));
      return { ...Object.fromEntries(newest), [this.#nameOf(id, config)]: rate };
    });
  }

  #nameOf(id: ExecutorId, config: RunConfig): string {
    const { processor, onnxruntime, adapters } = this.#machine;
    const drawn = adapters.map(({ name, driver }) => (driver === null ? name : `${name} ${driver}`));
    return [id, processor, `onnxruntime ${onnxruntime}`, ...drawn, nameShape(config)].join('; ');
  }
}
