// Probes, the prediction for each image, and ladders.
import type { Database } from 'better-sqlite3';
import type { SplitName } from '../../contract/dataset.ts';
import type { ImagePrediction, Ladder, LadderRow } from '../../contract/results.ts';
import { EngineError } from '../../contract/errors.ts';

/** Where a probe belongs. */
export interface ProbePlace {
  readonly runId: number;
  readonly splitId: number;
  /** Steps that the pretrained weights had seen; 0 for random weights and supervised training. */
  readonly step: number;
  readonly scored: SplitName;
}

/** A stored probe: its numbers without the predictions. */
export interface ProbeRow extends ProbePlace {
  readonly id: number;
  readonly ladderId: number | null;
  readonly createdAtMs: number;
  readonly numbers: Omit<LadderRow, 'predictions'>;
}

interface RawProbeRow extends Omit<ProbeRow, 'numbers'> {
  readonly numbers: string;
}

const columns = `id, run_id AS runId, ladder_id AS ladderId, split_id AS splitId, step, scored, numbers,
  created_at_ms AS createdAtMs`;

/** Stores a probe with its predictions, in one transaction; imageId of a prediction is the image's number as text. */
export function insertProbe(
  database: Database,
  place: ProbePlace,
  row: LadderRow,
  ladderId: number | null = null,
): number {
  const { predictions, ...numbers } = row;
  return database
    .transaction(() => {
      const { lastInsertRowid } = database
        .prepare(
          `INSERT INTO probes (run_id, ladder_id, split_id, kind, encoder, step, probe, features, scored, protocol,
             seed, n, top1, balanced_accuracy, ci_low, ci_high, numbers, created_at_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          place.runId,
          ladderId,
          place.splitId,
          row.kind,
          row.encoder,
          place.step,
          row.probe,
          row.features,
          place.scored,
          row.protocol,
          row.seed,
          row.n,
          row.top1,
          row.balancedAccuracy,
          ...row.ci95,
          JSON.stringify(numbers),
          Date.now(),
        );
      const id = Number(lastInsertRowid);
      insertPredictions(database, id, predictions);
      return id;
    })
    .immediate();
}

function insertPredictions(
  database: Database,
  probeId: number,
  predictions: readonly ImagePrediction[],
): void {
  const insert = database.prepare(
    `INSERT INTO predictions (probe_id, image_id, true_class, predicted_class, first_class, first_score,
       second_class, second_score, third_class, third_score)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { imageId, label, predicted, topClasses, topScores } of predictions) {
    const guesses = [0, 1, 2].flatMap((rank) => [topClasses[rank] ?? null, topScores[rank] ?? null]);
    insert.run(probeId, Number(imageId), label, predicted, ...guesses);
  }
}

/** A run's probes, newest first. */
export function listProbes(database: Database, runId: number): ProbeRow[] {
  return database
    .prepare<[number], RawProbeRow>(`SELECT ${columns} FROM probes WHERE run_id = ? ORDER BY id DESC`)
    .all(runId)
    .map(parseProbe);
}

/** Images of the largest probe of these runs; 0 where none was scored. */
export function countMostScored(database: Database, runIds: readonly number[]): number {
  return Number(
    database
      .prepare<[string], number>(
        'SELECT coalesce(max(n), 0) FROM probes WHERE run_id IN (SELECT value FROM json_each(?))',
      )
      .pluck()
      .get(JSON.stringify(runIds)),
  );
}

/** Throws run.notFound. */
export function readProbe(database: Database, id: number): ProbeRow {
  const row = database.prepare<[number], RawProbeRow>(`SELECT ${columns} FROM probes WHERE id = ?`).get(id);
  if (row) return parseProbe(row);
  throw new EngineError('run.notFound', `There is no probe ${id} in this project.`, {
    details: { probeId: id },
  });
}

function parseProbe(row: RawProbeRow): ProbeRow {
  return { ...row, numbers: JSON.parse(row.numbers) as ProbeRow['numbers'] };
}

/** What a probe said about each image, in the order of image numbers, with the three best guesses. */
export function listPredictions(database: Database, probeId: number): ImagePrediction[] {
  const rows = database
    .prepare<[number], readonly (number | null)[]>(
      `SELECT image_id, true_class, predicted_class, first_class, second_class, third_class,
         first_score, second_score, third_score
       FROM predictions WHERE probe_id = ? ORDER BY image_id`,
    )
    .raw()
    .all(probeId);
  const present = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
  return rows.map((row) => ({
    imageId: String(row[0]),
    label: Number(row[1]),
    predicted: Number(row[2]),
    topClasses: present(row.slice(3, 6)),
    topScores: present(row.slice(6, 9)),
  }));
}

export interface LadderPlace {
  readonly runId: number;
  readonly splitId: number;
  readonly step: number;
  readonly seed: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly durationMs: number;
}

/** A stored ladder; its rows come with their predictions. */
export interface LadderRecord extends LadderPlace {
  readonly id: number;
  readonly createdAtMs: number;
  readonly ladder: Ladder;
}

/** Stores a ladder and its rows as probes, in one transaction; returns the ladder's id. */
export function insertLadder(database: Database, place: LadderPlace, ladder: Ladder): number {
  const { rows, ...rest } = ladder;
  return database
    .transaction(() => {
      const { lastInsertRowid } = database
        .prepare(
          `INSERT INTO ladders (run_id, split_id, step, seed, settings, result, duration_ms, created_at_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          place.runId,
          place.splitId,
          place.step,
          place.seed,
          JSON.stringify(place.settings),
          JSON.stringify(rest),
          Math.round(place.durationMs),
          Date.now(),
        );
      const id = Number(lastInsertRowid);
      for (const row of rows) {
        const step = row.kind === 'pretrained' ? place.step : 0;
        insertProbe(database, { runId: place.runId, splitId: place.splitId, step, scored: 'test' }, row, id);
      }
      return id;
    })
    .immediate();
}

/** A run's ladders, newest first. */
export function listLadders(database: Database, runId: number): LadderRecord[] {
  return database
    .prepare<[number], number>('SELECT id FROM ladders WHERE run_id = ? ORDER BY id DESC')
    .pluck()
    .all(runId)
    .map((id) => readLadder(database, id));
}

/** Throws run.notFound. */
export function readLadder(database: Database, id: number): LadderRecord {
  const row = database
    .prepare<[number], Omit<LadderRecord, 'ladder' | 'settings'> & { settings: string; result: string }>(
      `SELECT id, run_id AS runId, split_id AS splitId, step, seed, settings, result, duration_ms AS durationMs,
         created_at_ms AS createdAtMs FROM ladders WHERE id = ?`,
    )
    .get(id);
  if (!row)
    throw new EngineError('run.notFound', `There is no ladder ${id} in this project.`, {
      details: { ladderId: id },
    });
  const { settings, result, ...place } = row;
  const rows = database
    .prepare<[number], RawProbeRow>(`SELECT ${columns} FROM probes WHERE ladder_id = ? ORDER BY id`)
    .all(id)
    .map((probe) => toLadderRow(database, probe));
  return {
    ...place,
    settings: JSON.parse(settings) as Record<string, unknown>,
    ladder: { ...(JSON.parse(result) as Omit<Ladder, 'rows'>), rows },
  };
}

function toLadderRow(database: Database, probe: RawProbeRow): LadderRow {
  return { ...parseProbe(probe).numbers, predictions: listPredictions(database, probe.id) };
}
