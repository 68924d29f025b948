// What a watcher compares to learn that a project has changed, whichever process changed it.
import type { Database } from 'better-sqlite3';

/** Equal numbers mean that nothing was written since, by this connection or any other. */
export function readWriteCounts(database: Database): string {
  const own = database.prepare('SELECT total_changes()').pluck().get();
  return `${String(database.pragma('data_version', { simple: true }))}/${String(own)}`;
}

export interface ProjectSignature {
  readonly name: string;
  readonly datasets: string;
  readonly splits: string;
  /** Which runs there are, and which are in the trash. */
  readonly runList: string;
  /** For each run, whatever of its summary can change; not its last metrics. */
  readonly runs: ReadonlyMap<number, string>;
}

interface RunMark {
  readonly id: number;
  readonly trashed: number;
  readonly mark: string;
}

/** Equal texts mean equal content. */
export function readProjectSignature(database: Database): ProjectSignature {
  const text = (sql: string) => String(database.prepare(sql).pluck().get() ?? '');
  const runs = database
    .prepare<[], RunMark>(
      `SELECT id, trashed_at_ms IS NOT NULL AS trashed,
         json_array(name, notes, state, asked, device, step, training_ms, total_steps, failure IS NULL, trashed_at_ms,
           (SELECT group_concat(tag, char(10)) FROM run_tags WHERE run_id = runs.id),
           (SELECT max(id) FROM ladders WHERE run_id = runs.id)) AS mark
       FROM runs ORDER BY id`,
    )
    .all();
  return {
    name: text(`SELECT value FROM settings WHERE name = 'project.name'`),
    datasets: text('SELECT json_group_array(json_array(id, name, root_folder)) FROM datasets'),
    splits: text('SELECT json_group_array(json_array(id, name)) FROM splits'),
    runList: runs.map(({ id, trashed }) => `${id}${trashed ? 'x' : ''}`).join(' '),
    runs: new Map(runs.map(({ id, mark }) => [id, mark])),
  };
}
