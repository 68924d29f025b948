// Images of a dataset that are the same or look alike, as they were found, and what they are found by.
import type { Database } from 'better-sqlite3';

/** Two images that look alike, by their numbers. */
export interface AlikePair {
  readonly first: number;
  readonly second: number;
  readonly hashDistance: number;
  readonly correlation: number;
}

/** Everything by image numbers, in the order of the import. */
export interface LookAlikes {
  readonly exactSets: readonly (readonly number[])[];
  readonly nearPairs: readonly AlikePair[];
}

/** What was found by a rule; null where nobody has looked yet, or by another rule. */
export function readLookAlikes(database: Database, datasetId: number, rule: number): LookAlikes | null {
  const isKnown = database
    .prepare('SELECT 1 FROM look_alike_searches WHERE dataset_id = ? AND rule = ?')
    .get(datasetId, rule);
  if (!isKnown) return null;
  const sets = new Map<number, number[]>();
  const members = database
    .prepare<[number], { first: number; image: number }>(
      `SELECT first_id AS first, image_id AS image FROM identical_images WHERE dataset_id = ?
       ORDER BY first_id, image_id`,
    )
    .all(datasetId);
  for (const { first, image } of members) {
    const set = sets.get(first);
    if (set) set.push(image);
    else sets.set(first, [image]);
  }
  const nearPairs = database
    .prepare<[number], AlikePair>(
      `SELECT first_id AS first, second_id AS second, hash_distance AS hashDistance, correlation
       FROM alike_images WHERE dataset_id = ? ORDER BY first_id, second_id`,
    )
    .all(datasetId);
  return { exactSets: [...sets.values()], nearPairs };
}

/** Stores what was found, in one transaction, in place of what was known before. */
export function storeLookAlikes(
  database: Database,
  datasetId: number,
  rule: number,
  found: LookAlikes,
): void {
  database
    .transaction(() => {
      for (const table of ['look_alike_searches', 'identical_images', 'alike_images']) {
        database.prepare(`DELETE FROM ${table} WHERE dataset_id = ?`).run(datasetId);
      }
      const insertMember = database.prepare(
        'INSERT INTO identical_images (dataset_id, image_id, first_id) VALUES (?, ?, ?)',
      );
      for (const set of found.exactSets) for (const image of set) insertMember.run(datasetId, image, set[0]);
      const insertPair = database.prepare(
        `INSERT INTO alike_images (dataset_id, first_id, second_id, hash_distance, correlation)
         VALUES (?, ?, ?, ?, ?)`,
      );
      for (const { first, second, hashDistance, correlation } of found.nearPairs) {
        insertPair.run(datasetId, first, second, hashDistance, correlation);
      }
      database
        .prepare('INSERT INTO look_alike_searches (dataset_id, rule, found_at_ms) VALUES (?, ?, ?)')
        .run(datasetId, rule, Date.now());
    })
    .immediate();
}

/** What an image is compared by. */
export interface ImageHashes {
  readonly id: number;
  readonly sha256: string;
  readonly pixelSha256: string;
  readonly differenceHash: string;
}

/** The next images after one, in the order of the import. */
export function listImageHashes(
  database: Database,
  datasetId: number,
  afterId: number,
  limit: number,
): ImageHashes[] {
  return database
    .prepare<[number, number, number], ImageHashes>(
      `SELECT id, sha256, pixel_sha256 AS pixelSha256, difference_hash AS differenceHash
       FROM images WHERE dataset_id = ? AND id > ? ORDER BY id LIMIT ?`,
    )
    .all(datasetId, afterId, limit);
}

/** The 32 × 32 gray values of an image. */
export function readThumbnail(database: Database, imageId: number): Uint8Array {
  const bytes = database
    .prepare<[number], Buffer>('SELECT thumbnail FROM images WHERE id = ?')
    .pluck()
    .get(imageId);
  return bytes ?? new Uint8Array();
}
