// Rows about checkpoint files; the files themselves are checkpointFile.ts's.
import type { Database } from 'better-sqlite3';
import type { CheckpointInfo } from '../../contract/run.ts';

export function insertCheckpoint(
  database: Database,
  checkpoint: Omit<CheckpointInfo, 'id' | 'createdAtMs'>,
): void {
  const { runId, step, format, file, sha256, sizeBytes, trainingMs } = checkpoint;
  database
    .prepare(
      `INSERT INTO checkpoints (run_id, step, format, file, sha256, size_bytes, training_ms, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (run_id, step) DO UPDATE SET format = excluded.format, file = excluded.file,
         sha256 = excluded.sha256, size_bytes = excluded.size_bytes, training_ms = excluded.training_ms,
         created_at_ms = excluded.created_at_ms`,
    )
    .run(runId, step, format, file, sha256, sizeBytes, Math.round(trainingMs), Date.now());
}

/** A run's checkpoints, newest first. */
export function listCheckpoints(database: Database, runId: number): CheckpointInfo[] {
  return database
    .prepare<[number], CheckpointInfo>(
      `SELECT id, run_id AS runId, step, format, file, sha256, size_bytes AS sizeBytes, training_ms AS trainingMs,
         created_at_ms AS createdAtMs
       FROM checkpoints WHERE run_id = ? ORDER BY step DESC`,
    )
    .all(runId);
}

export function deleteCheckpoint(database: Database, id: number): void {
  database.prepare('DELETE FROM checkpoints WHERE id = ?').run(id);
}
