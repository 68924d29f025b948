// What a project's card on the home screen shows, from the tables that every schema has.
import type { Database } from 'better-sqlite3';
import type { BestResult } from '../../contract/app.ts';
import type { LadderRow } from '../../contract/results.ts';

/** Images on a card's strip. */
const mostCovers = 6;

export interface CardNumbers {
  readonly imageCount: number;
  readonly classCount: number;
  /** Runs that are not in the trash. */
  readonly runCount: number;
}

export function readCardNumbers(database: Database): CardNumbers {
  return database
    .prepare<[], CardNumbers>(
      `SELECT (SELECT count(*) FROM images) AS imageCount,
         (SELECT count(DISTINCT name) FROM classes) AS classCount,
         (SELECT count(*) FROM runs WHERE trashed_at_ms IS NULL) AS runCount`,
    )
    .get()!;
}

/** At most six images of the newest dataset: one of each class in turn, or spread evenly where there are no classes. */
export function listCoverImages(database: Database): number[] {
  const pluck = <Row>(sql: string, ...values: number[]) =>
    database
      .prepare<number[], Row>(sql)
      .pluck()
      .all(...values);
  const [dataset] = pluck<number>('SELECT max(id) FROM datasets');
  if (!dataset) return [];
  const classes = pluck<number>(
    `SELECT id FROM classes WHERE dataset_id = ? ORDER BY position LIMIT ${mostCovers}`,
    dataset,
  );
  if (classes.length === 0) return listSpread(database, dataset);
  const ofClass = classes.map((id) =>
    pluck<number>(`SELECT id FROM images WHERE class_id = ? ORDER BY id LIMIT ${mostCovers}`, id),
  );
  const inTurn = Array.from({ length: mostCovers }, (_, turn) => ofClass.map((ids) => ids[turn]));
  return inTurn
    .flat()
    .filter((id) => id !== undefined)
    .slice(0, mostCovers);
}

function listSpread(database: Database, datasetId: number): number[] {
  const range = database
    .prepare<[number], { first: number | null; last: number }>(
      'SELECT min(id) AS first, max(id) AS last FROM images WHERE dataset_id = ?',
    )
    .get(datasetId)!;
  if (range.first === null) return [];
  const { first, last } = range;
  const at = database
    .prepare<[number, number], number>(
      'SELECT id FROM images WHERE id >= ? AND dataset_id = ? ORDER BY id LIMIT 1',
    )
    .pluck();
  const places = Array.from({ length: mostCovers }, (_, place) =>
    at.get(Math.floor(first + ((last - first) * place) / (mostCovers - 1)), datasetId),
  );
  return [...new Set(places)].filter((id) => id !== undefined);
}

/**
 * The best test accuracy of pretrained features over the newest ladder of each run that is not in the trash, with the
 * same probe on random weights of the same ladder; null where there is no ladder.
 */
export function findBestResult(database: Database): BestResult | null {
  const row = database
    .prepare<[], Omit<BestResult, 'ci95'> & { readonly numbers: string }>(
      `SELECT probes.run_id AS runId, runs.name AS runName, probes.probe, probes.top1, probes.n, probes.numbers,
         (SELECT top1 FROM probes AS random WHERE random.ladder_id = probes.ladder_id AND random.kind = 'random'
            AND random.probe = probes.probe ORDER BY random.id LIMIT 1) AS randomTop1
       FROM probes JOIN runs ON runs.id = probes.run_id
       WHERE probes.kind = 'pretrained' AND probes.scored = 'test' AND runs.trashed_at_ms IS NULL
         AND probes.ladder_id = (SELECT max(id) FROM ladders WHERE ladders.run_id = probes.run_id)
       ORDER BY probes.top1 DESC, probes.id DESC LIMIT 1`,
    )
    .get();
  if (!row) return null;
  const { numbers, ...best } = row;
  return { ...best, ci95: (JSON.parse(numbers) as Pick<LadderRow, 'ci95'>).ci95 };
}
