// What features are worth: probes, the prediction for each image, and ladders (probes that belong side by side).
import type { Migration } from './migration.ts';

export const probeTables: Migration = {
  number: 5,
  title: 'probes, predictions and ladders',
  apply(database) {
    database.exec(`
      CREATE TABLE ladders (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        split_id INTEGER NOT NULL REFERENCES splits (id),
        step INTEGER NOT NULL,
        seed INTEGER NOT NULL,
        settings TEXT NOT NULL CHECK (json_valid(settings)),
        result TEXT NOT NULL CHECK (json_valid(result)),
        duration_ms INTEGER NOT NULL,
        created_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE INDEX ladders_by_run ON ladders (run_id);

      CREATE TABLE probes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        ladder_id INTEGER REFERENCES ladders (id) ON DELETE CASCADE,
        split_id INTEGER NOT NULL REFERENCES splits (id),
        kind TEXT NOT NULL CHECK (kind IN ('random', 'supervised', 'pretrained')),
        encoder TEXT CHECK (encoder IN ('target', 'context')),
        step INTEGER NOT NULL,
        probe TEXT NOT NULL,
        features TEXT NOT NULL,
        scored TEXT NOT NULL CHECK (scored IN ('train', 'validation', 'test')),
        protocol TEXT NOT NULL CHECK (protocol IN ('clean', 'transductive')),
        seed INTEGER NOT NULL,
        n INTEGER NOT NULL,
        top1 REAL NOT NULL,
        balanced_accuracy REAL NOT NULL,
        numbers TEXT NOT NULL CHECK (json_valid(numbers)),
        created_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE INDEX probes_by_run ON probes (run_id);
      CREATE INDEX probes_by_ladder ON probes (ladder_id);

      CREATE TABLE predictions (
        probe_id INTEGER NOT NULL REFERENCES probes (id) ON DELETE CASCADE,
        image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
        true_class INTEGER NOT NULL,
        predicted_class INTEGER NOT NULL,
        first_class INTEGER,
        first_score REAL,
        second_class INTEGER,
        second_score REAL,
        third_class INTEGER,
        third_score REAL,
        PRIMARY KEY (probe_id, image_id)
      ) STRICT, WITHOUT ROWID;

      CREATE INDEX predictions_by_image ON predictions (image_id);
    `);
  },
};
