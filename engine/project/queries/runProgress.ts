// How far a run is and how long it will still take, from what its trainer has written. Whoever started the trainer need
// not be there any more.
import type { Database } from 'better-sqlite3';
import type { RunProgress } from '../../contract/run.ts';

interface RunRow {
  readonly step: number;
  readonly totalSteps: number;
  readonly epochs: number;
  readonly batchSize: number;
}

/** Steps that the rate is averaged over. */
const rateSteps = 30;

const curve = (name: string) =>
  `metrics WHERE run_id = ? AND metric_id = (SELECT id FROM metric_names WHERE name = '${name}')`;

/** Null before the first step was written, and where there is no such run. */
export function readRunProgress(database: Database, runId: number): RunProgress | null {
  const run = database
    .prepare<[number], RunRow>(
      `SELECT step, total_steps AS totalSteps, json_extract(config, '$.optimizer.epochs') AS epochs,
         json_extract(config, '$.optimizer.batchSize') AS batchSize FROM runs WHERE id = ?`,
    )
    .get(runId);
  const loss = database
    .prepare<[number], number>(`SELECT value FROM ${curve('loss')} ORDER BY step DESC LIMIT 1`)
    .pluck()
    .get(runId);
  const rate = readRate(database, runId);
  if (!run || loss === undefined || rate === null) return null;
  const { step, totalSteps, epochs, batchSize } = run;
  const stepMs = readOverallStepMs(database, runId, step) ?? (1000 * batchSize) / rate;
  return {
    runId,
    step,
    totalSteps,
    epoch: (epochs * step) / totalSteps,
    loss,
    imagesPerSecond: rate,
    timeLeftMs: (totalSteps - step) * stepMs,
  };
}

/** Images per second over the last steps: the mean of times, not of rates. */
function readRate(database: Database, runId: number): number | null {
  const rates = database
    .prepare<[number, number], number>(
      `SELECT value FROM ${curve('imagesPerSecond')} ORDER BY step DESC LIMIT ?`,
    )
    .pluck()
    .all(runId, rateSteps);
  const seconds = rates.reduce((sum, rate) => sum + 1 / rate, 0);
  return seconds > 0 ? rates.length / seconds : null;
}

/** Time a step over the later half of the run, looks and checkpoints included; null where that is too short to say. */
function readOverallStepMs(database: Database, runId: number, step: number): number | null {
  const ends = database
    .prepare<[number, number], { first: number; last: number; seconds: number }>(
      `SELECT min(step) AS first, max(step) AS last, max(value) - min(value) AS seconds
       FROM ${curve('trainingSeconds')} AND step >= ?`,
    )
    .get(runId, Math.floor(step / 2));
  if (!ends || !(ends.last - ends.first >= rateSteps) || !(ends.seconds > 0)) return null;
  return (1000 * ends.seconds) / (ends.last - ends.first);
}
