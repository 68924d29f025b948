// Runs: making them, reading them, and moving them from state to state.
import type { Database } from 'better-sqlite3';
import type { RunConfig } from '../../contract/config.ts';
import { EngineError, type SerializedError } from '../../contract/errors.ts';
import type { Protocol } from '../../contract/results.ts';
import type {
  AskedOfRun,
  RunDetails,
  RunPlan,
  RunScore,
  RunState,
  RunSummary,
  Versions,
} from '../../contract/run.ts';
import { listCheckpoints } from './checkpoints.ts';
import { listRunEvents } from './runEvents.ts';

export interface NewRun {
  readonly name: string;
  readonly datasetId: number;
  readonly splitId: number;
  readonly protocol: Protocol;
  readonly manifestHash: string;
  readonly config: RunConfig;
  readonly executor: string;
  readonly versions: Versions;
  readonly plan: RunPlan | null;
  readonly totalSteps: number;
}

interface RunRow extends Omit<RunSummary, 'tags' | 'failure' | 'score'> {
  readonly tags: string;
  readonly failure: string | null;
  readonly score: string | null;
  readonly config: string;
  readonly versions: string;
  readonly plan: string | null;
  readonly manifestHash: string;
}

/** Which states may follow which; anything else is a mistake of the caller. */
const nextStates: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ['running', 'paused', 'stopped', 'failed'],
  running: ['paused', 'interrupted', 'stopped', 'finished', 'failed'],
  paused: ['queued', 'stopped'],
  interrupted: ['queued', 'stopped'],
  failed: ['queued'],
  stopped: [],
  finished: [],
};

const lastValue = (metric: string) => `(
    SELECT value FROM metrics
    WHERE run_id = runs.id AND metric_id = (SELECT id FROM metric_names WHERE name = '${metric}')
    ORDER BY step DESC LIMIT 1
  )`;

// The first pretrained row of the newest ladder is the one that the ladder's verdict is about.
const score = `(
    SELECT json_object(
      'probe', probe, 'top1', top1, 'n', n, 'ci95', json_array(ci_low, ci_high),
      'randomTop1', (SELECT top1 FROM probes AS random
         WHERE random.ladder_id = probes.ladder_id AND random.kind = 'random' AND random.probe = probes.probe
         ORDER BY random.id LIMIT 1))
    FROM probes
    WHERE ladder_id = (SELECT max(id) FROM ladders WHERE run_id = runs.id) AND kind = 'pretrained' AND scored = 'test'
    ORDER BY id LIMIT 1
  )`;

const summaryColumns = `
  id, name, notes, state, asked, protocol, seed, executor, device, step, failure,
  dataset_id AS datasetId, split_id AS splitId, total_steps AS totalSteps, training_ms AS trainingMs,
  created_at_ms AS createdAtMs, started_at_ms AS startedAtMs, ended_at_ms AS endedAtMs,
  trashed_at_ms AS trashedAtMs,
  (SELECT json_group_array(tag) FROM (SELECT tag FROM run_tags WHERE run_id = runs.id ORDER BY tag)) AS tags,
  ${lastValue('loss')} AS lastLoss, ${lastValue('knn')} AS lastKnn, ${lastValue('knn.random')} AS randomKnn,
  ${score} AS score`;

const detailColumns = `${summaryColumns}, config, versions, plan, manifest_hash AS manifestHash`;

/** Stores a queued run; returns its id. */
export function insertRun(database: Database, run: NewRun): number {
  const result = database
    .prepare(
      `INSERT INTO runs (name, dataset_id, split_id, protocol, manifest_hash, config, seed, executor, versions, plan,
         state, total_steps, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)`,
    )
    .run(
      run.name,
      run.datasetId,
      run.splitId,
      run.protocol,
      run.manifestHash,
      JSON.stringify(run.config),
      run.config.seed,
      run.executor,
      JSON.stringify(run.versions),
      run.plan === null ? null : JSON.stringify(run.plan),
      run.totalSteps,
      Date.now(),
    );
  return Number(result.lastInsertRowid);
}

/** Every run, newest first; those in the trash only when asked for. */
export function listRuns(database: Database, options: { trashed?: boolean } = {}): RunSummary[] {
  const condition = options.trashed === true ? 'IS NOT NULL' : 'IS NULL';
  return database
    .prepare<[], RunRow>(
      `SELECT ${summaryColumns} FROM runs WHERE trashed_at_ms ${condition} ORDER BY id DESC`,
    )
    .all()
    .map(toSummary);
}

/** Ids of the runs in a state, oldest first. */
export function listRunIds(database: Database, state: RunState): number[] {
  return database
    .prepare<[string], number>('SELECT id FROM runs WHERE state = ? ORDER BY id')
    .pluck()
    .all(state);
}

/** One run of such a list. Throws run.notFound. */
export function readRunSummary(database: Database, id: number): RunSummary {
  const row = database.prepare<[number], RunRow>(`SELECT ${summaryColumns} FROM runs WHERE id = ?`).get(id);
  if (!row) throw runNotFound(id);
  return toSummary(row);
}

/** The queue: runs that wait for their turn and are not in the trash, oldest first. */
export function listQueue(database: Database): { readonly id: number; readonly createdAtMs: number }[] {
  return database
    .prepare<[], { id: number; createdAtMs: number }>(
      `SELECT id, created_at_ms AS createdAtMs FROM runs
       WHERE state = 'queued' AND trashed_at_ms IS NULL ORDER BY id`,
    )
    .all();
}

function runNotFound(id: number): EngineError {
  return new EngineError('run.notFound', `There is no run ${id} in this project.`, {
    details: { runId: id },
  });
}

/** Writes down a configuration by which a run goes on. */
export function changeRunConfig(database: Database, id: number, config: RunConfig): void {
  database.prepare('UPDATE runs SET config = ? WHERE id = ?').run(JSON.stringify(config), id);
}

/** Throws run.notFound. */
export function readRun(database: Database, id: number): RunDetails {
  const row = database.prepare<[number], RunRow>(`SELECT ${detailColumns} FROM runs WHERE id = ?`).get(id);
  if (!row) throw runNotFound(id);
  const { config, versions, plan, manifestHash, ...summary } = row;
  return {
    ...toSummary(summary),
    config: parseConfig(config),
    versions: JSON.parse(versions) as Versions,
    plan: plan === null ? null : (JSON.parse(plan) as RunPlan),
    manifestHash,
    events: listRunEvents(database, id),
    checkpoints: listCheckpoints(database, id),
  };
}

/** Runs of before a setting came get what they were trained with. */
function parseConfig(text: string): RunConfig {
  const config = JSON.parse(text) as RunConfig;
  const { microBatch = 0, precision = 'float32' } = config.optimizer;
  return { ...config, optimizer: { ...config.optimizer, microBatch, precision } };
}

function toSummary(row: Omit<RunRow, 'config' | 'versions' | 'plan' | 'manifestHash'>): RunSummary {
  return {
    ...row,
    tags: JSON.parse(row.tags) as string[],
    failure: row.failure === null ? null : (JSON.parse(row.failure) as SerializedError),
    score: row.score === null ? null : (JSON.parse(row.score) as RunScore),
  };
}

/**
 * Moves a run to another state, setting its times. Whatever was asked of it is thereby answered.
 * Throws run.notFound, run.state when its state does not allow that.
 */
export function changeRunState(
  database: Database,
  id: number,
  state: RunState,
  failure: SerializedError | null = null,
): void {
  database
    .transaction(() => {
      const found = readRunState(database, id);
      if (!nextStates[found].includes(state)) {
        throw new EngineError('run.state', `Run ${id} is ${found}, so it cannot become ${state}.`, {
          details: { runId: id, state: found, wanted: state },
        });
      }
      const now = Date.now();
      const started = state === 'running' ? now : null;
      const ended = state === 'queued' || state === 'running' ? null : now;
      database
        .prepare(
          `UPDATE runs SET state = ?, asked = NULL, failure = ?, started_at_ms = coalesce(started_at_ms, ?),
             ended_at_ms = ? WHERE id = ?`,
        )
        .run(state, failure === null ? null : JSON.stringify(failure), started, ended, id);
    })
    .immediate();
}

/** Throws run.notFound. */
export function readRunState(database: Database, id: number): RunState {
  const state = database.prepare<[number], RunState>('SELECT state FROM runs WHERE id = ?').pluck().get(id);
  if (state === undefined) throw runNotFound(id);
  return state;
}

/** Leaves a wish for the run's trainer, whichever process started it; null takes it back. */
export function askRun(database: Database, id: number, asked: AskedOfRun | null): void {
  database.prepare('UPDATE runs SET asked = ? WHERE id = ?').run(asked, id);
}

export function readAsked(database: Database, id: number): AskedOfRun | null {
  return (
    database.prepare<[number], AskedOfRun | null>('SELECT asked FROM runs WHERE id = ?').pluck().get(id) ??
    null
  );
}

/** Notes how far a run is. */
export function updateRunProgress(database: Database, id: number, step: number, trainingMs: number): void {
  database
    .prepare('UPDATE runs SET step = ?, training_ms = ? WHERE id = ?')
    .run(step, Math.round(trainingMs), id);
}

export function setRunDevice(database: Database, id: number, device: string): void {
  database.prepare('UPDATE runs SET device = ? WHERE id = ?').run(device, id);
}

/** Changes what a person wrote about a run; fields left out stay. */
export function annotateRun(
  database: Database,
  id: number,
  change: { readonly name?: string; readonly notes?: string; readonly tags?: readonly string[] },
): void {
  database
    .transaction(() => {
      readRunState(database, id);
      database
        .prepare('UPDATE runs SET name = coalesce(?, name), notes = coalesce(?, notes) WHERE id = ?')
        .run(change.name ?? null, change.notes ?? null, id);
      if (!change.tags) return;
      database.prepare('DELETE FROM run_tags WHERE run_id = ?').run(id);
      const insert = database.prepare('INSERT OR IGNORE INTO run_tags (run_id, tag) VALUES (?, ?)');
      for (const tag of change.tags) insert.run(id, tag);
    })
    .immediate();
}

/** Puts a run into the trash (a time) or back (null). */
export function setRunTrashed(database: Database, id: number, trashedAtMs: number | null): void {
  database.prepare('UPDATE runs SET trashed_at_ms = ? WHERE id = ?').run(trashedAtMs, id);
}

/** Removes a run's rows for good; its folder is the caller's affair. */
export function deleteRun(database: Database, id: number): void {
  database.prepare('DELETE FROM runs WHERE id = ?').run(id);
}
