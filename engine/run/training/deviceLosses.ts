// What becomes of a run whose GPU stops answering: the device is opened again, and where that does not help, the CPU goes on.
// Nothing is lost but the steps since the last checkpoint.
import { EngineError } from '../../contract/errors.ts';
import type { Project } from '../../project/project.ts';
import { insertRunEvent } from '../../project/queries/runEvents.ts';
import { readRun } from '../../project/queries/runs.ts';
import type { ExecutorId } from '../../runtime/executors.ts';
import type { TrainRunOptions } from './runTrainer.ts';

const substitute: ExecutorId = 'compiled-cpu';

export class DeviceLosses {
  readonly #project: Project;
  readonly #runId: number;
  readonly #send: TrainRunOptions['send'];
  /** Step of the newest checkpoint when the device was lost last. */
  #lostAt: number | undefined;
  #executorId: ExecutorId | undefined;

  constructor(project: Project, runId: number, { send }: TrainRunOptions) {
    this.#project = project;
    this.#runId = runId;
    this.#send = send;
  }

  /** What takes the place of the run's own executor; undefined while that is in use. */
  get executorId(): ExecutorId | undefined {
    return this.#executorId;
  }

  /**
   * True when another trainer is to go on after this error; the run's events then say how. The device is tried again as
   * long as each loss comes after a new checkpoint, else the CPU goes on: it is never lost.
   */
  canGoOn(cause: unknown): boolean {
    if (this.#executorId !== undefined || !(cause instanceof EngineError)) return false;
    const isLost = cause.code === 'device.lost';
    // A device that was lost may be there no longer, or fail while it is opened again.
    const failsAgain = cause.code === 'executor.unavailable' || cause.code === 'executor.failed';
    if (!isLost && !(failsAgain && this.#lostAt !== undefined)) return false;
    const { checkpoints } = readRun(this.#project.database, this.#runId);
    const reached = checkpoints[0]?.step ?? 0;
    const isStuck = this.#lostAt !== undefined && reached <= this.#lostAt;
    if (isStuck || !isLost) this.#executorId = substitute;
    this.#lostAt = reached;
    this.#tell(reached, cause);
    return true;
  }

  #tell(from: number, cause: EngineError): void {
    const { database } = this.#project;
    const { step } = readRun(database, this.#runId);
    const how = this.#executorId === undefined ? 'on the same device' : 'on the CPU, which is slower';
    const message = `The graphics card stopped answering; training goes on from step ${from} ${how}.`;
    const details = { code: cause.code, reason: cause.message };
    const event = insertRunEvent(database, this.#runId, { step, kind: 'notice', message, details });
    this.#send?.({ kind: 'event', event });
  }
}
