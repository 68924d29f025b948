// Splits: which image is for training, which for choosing (validation), which for the final number (test).
import type { Migration } from './migration.ts';

export const splitTables: Migration = {
  number: 3,
  title: 'splits',
  apply(database) {
    database.exec(`
      CREATE TABLE splits (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        seed INTEGER NOT NULL,
        method TEXT NOT NULL CHECK (method IN ('allTrain', 'given', 'givenPartly', 'drawn')),
        settings TEXT NOT NULL CHECK (json_valid(settings)),
        summary TEXT NOT NULL CHECK (json_valid(summary)),
        manifest_hash TEXT NOT NULL CHECK (length(manifest_hash) = 64),
        created_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE INDEX splits_by_dataset ON splits (dataset_id);

      CREATE TABLE split_images (
        split_id INTEGER NOT NULL REFERENCES splits (id) ON DELETE CASCADE,
        image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
        split TEXT NOT NULL CHECK (split IN ('train', 'validation', 'test')),
        PRIMARY KEY (split_id, image_id)
      ) STRICT, WITHOUT ROWID;

      CREATE INDEX split_images_by_image ON split_images (image_id);
    `);
  },
};
