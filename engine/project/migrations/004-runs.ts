// Runs with everything that determines them, their metrics, what happened to them, and their checkpoints.
import type { Migration } from './migration.ts';

export const runTables: Migration = {
  number: 4,
  title: 'runs, metrics, events and checkpoints',
  apply(database) {
    database.exec(`
      CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        notes TEXT NOT NULL DEFAULT '',
        dataset_id INTEGER NOT NULL REFERENCES datasets (id),
        split_id INTEGER NOT NULL REFERENCES splits (id),
        protocol TEXT NOT NULL CHECK (protocol IN ('clean', 'transductive')),
        manifest_hash TEXT NOT NULL,
        config TEXT NOT NULL CHECK (json_valid(config)),
        seed INTEGER NOT NULL,
        executor TEXT NOT NULL,
        device TEXT,
        versions TEXT NOT NULL CHECK (json_valid(versions)),
        plan TEXT CHECK (json_valid(plan)),
        state TEXT NOT NULL CHECK (
          state IN ('queued', 'running', 'paused', 'interrupted', 'stopped', 'finished', 'failed')
        ),
        asked TEXT CHECK (asked IN ('pause', 'stop')),
        failure TEXT CHECK (json_valid(failure)),
        step INTEGER NOT NULL DEFAULT 0,
        total_steps INTEGER NOT NULL,
        training_ms INTEGER NOT NULL DEFAULT 0,
        created_at_ms INTEGER NOT NULL,
        started_at_ms INTEGER,
        ended_at_ms INTEGER,
        trashed_at_ms INTEGER
      ) STRICT;

      CREATE INDEX runs_by_dataset ON runs (dataset_id);
      CREATE INDEX runs_by_split ON runs (split_id);
      CREATE INDEX runs_by_state ON runs (state);

      CREATE TABLE run_tags (
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        tag TEXT NOT NULL,
        PRIMARY KEY (run_id, tag)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE metric_names (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
      ) STRICT;

      -- Clustered by series, so that a curve is one range scan and a point costs about 20 bytes.
      CREATE TABLE metrics (
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        metric_id INTEGER NOT NULL REFERENCES metric_names (id),
        step INTEGER NOT NULL,
        value REAL NOT NULL,
        PRIMARY KEY (run_id, metric_id, step)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE run_events (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        at_ms INTEGER NOT NULL,
        step INTEGER NOT NULL,
        kind TEXT NOT NULL,
        message TEXT NOT NULL,
        details TEXT NOT NULL CHECK (json_valid(details))
      ) STRICT;

      CREATE INDEX run_events_by_run ON run_events (run_id);

      CREATE TABLE checkpoints (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        step INTEGER NOT NULL,
        format INTEGER NOT NULL,
        file TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        training_ms INTEGER NOT NULL,
        created_at_ms INTEGER NOT NULL,
        UNIQUE (run_id, step)
      ) STRICT;
    `);
  },
};
