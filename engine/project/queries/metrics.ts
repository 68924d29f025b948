// Metrics of runs: one row a point, clustered by curve.
import type { Database } from 'better-sqlite3';
import type { MetricName, MetricSeries } from '../../contract/run.ts';

export interface MetricPoint {
  readonly name: MetricName;
  readonly step: number;
  readonly value: number;
}

/** Stores points, replacing those of the same run, name and step. Call it inside a transaction for more than a few. */
export function insertMetrics(database: Database, runId: number, points: readonly MetricPoint[]): void {
  const insert = database.prepare(
    'INSERT OR REPLACE INTO metrics (run_id, metric_id, step, value) VALUES (?, ?, ?, ?)',
  );
  const ids = new Map<MetricName, number>();
  for (const { name, step, value } of points) {
    const id = ids.get(name) ?? metricId(database, name);
    ids.set(name, id);
    insert.run(runId, id, step, value);
  }
}

function metricId(database: Database, name: MetricName): number {
  database.prepare('INSERT OR IGNORE INTO metric_names (name) VALUES (?)').run(name);
  return Number(
    database.prepare<[string], number>('SELECT id FROM metric_names WHERE name = ?').pluck().get(name),
  );
}

/** Forgets what was recorded at or after a step: a resumed run records it again. Returns how many points went. */
export function deleteMetricsFrom(database: Database, runId: number, step: number): number {
  // Named curve by curve, so that each deletion is a range of the clustered key.
  return database
    .prepare(
      `DELETE FROM metrics WHERE run_id = ? AND step >= ? AND metric_id IN (SELECT id FROM metric_names)`,
    )
    .run(runId, step).changes;
}

/** Forgets at most `most` points of a run; returns how many went. For removing many without holding up everything else. */
export function deleteSomeMetrics(database: Database, runId: number, most: number): number {
  return database
    .prepare(
      `DELETE FROM metrics WHERE (run_id, metric_id, step) IN
         (SELECT run_id, metric_id, step FROM metrics WHERE run_id = ? LIMIT ?)`,
    )
    .run(runId, most).changes;
}

/**
 * The named curves of a run (default: all it has), each thinned to at most `maxPoints` by keeping the smallest and the
 * largest point of each stretch, so that a spike is never lost.
 */
export function readMetrics(
  database: Database,
  runId: number,
  options: {
    readonly names?: readonly MetricName[];
    readonly maxPoints?: number;
    readonly fromStep?: number;
  } = {},
): MetricSeries[] {
  const { maxPoints = Number.POSITIVE_INFINITY, fromStep = 0 } = options;
  const wanted = options.names ?? listMetricNames(database, runId);
  const select = database
    .prepare<[number, string, number], [number, number]>(
      `SELECT step, value FROM metrics
       WHERE run_id = ? AND metric_id = (SELECT id FROM metric_names WHERE name = ?) AND step >= ? ORDER BY step`,
    )
    .raw();
  return wanted.map((name) => {
    const points = thin(select.all(runId, name, fromStep), maxPoints);
    return { name, steps: points.map(([step]) => step), values: points.map(([, value]) => value) };
  });
}

function listMetricNames(database: Database, runId: number): MetricName[] {
  return database
    .prepare<[number], MetricName>(
      `SELECT name FROM metric_names
       WHERE EXISTS (SELECT 1 FROM metrics WHERE run_id = ? AND metric_id = metric_names.id) ORDER BY id`,
    )
    .pluck()
    .all(runId);
}

function thin(points: readonly [number, number][], maxPoints: number): readonly [number, number][] {
  if (points.length <= maxPoints) return points;
  const stretches = Math.max(1, Math.floor(maxPoints / 2));
  const kept: [number, number][] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * points.length) / stretches);
    const to = Math.floor(((stretch + 1) * points.length) / stretches);
    let low = from;
    let high = from;
    for (let i = from; i < to; i++) {
      if (points[i]![1] < points[low]![1]) low = i;
      if (points[i]![1] > points[high]![1]) high = i;
    }
    kept.push(points[Math.min(low, high)]!);
    if (low !== high) kept.push(points[Math.max(low, high)]!);
  }
  return kept;
}
