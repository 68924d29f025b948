// Datasets, their classes, their images, and the files that were set aside. An image stays where it is and is known by
// the hash of its bytes.
import type { Migration } from './migration.ts';

export const datasetTables: Migration = {
  number: 2,
  title: 'datasets, classes and images',
  apply(database) {
    database.exec(`
      CREATE TABLE datasets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        root_folder TEXT NOT NULL,
        csv_path TEXT,
        layout TEXT NOT NULL CHECK (layout IN ('flat', 'classFolders', 'splitFolders', 'csv')),
        decode_rule INTEGER NOT NULL,
        warnings TEXT NOT NULL CHECK (json_valid(warnings)),
        created_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE classes (
        id INTEGER PRIMARY KEY,
        dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        UNIQUE (dataset_id, position),
        UNIQUE (dataset_id, name)
      ) STRICT;

      CREATE TABLE images (
        id INTEGER PRIMARY KEY,
        dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        relative_path TEXT NOT NULL,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        pixel_sha256 TEXT NOT NULL CHECK (length(pixel_sha256) = 64),
        class_id INTEGER REFERENCES classes (id),
        group_name TEXT,
        given_split TEXT CHECK (given_split IN ('train', 'validation', 'test')),
        format TEXT NOT NULL,
        width INTEGER NOT NULL CHECK (width > 0),
        height INTEGER NOT NULL CHECK (height > 0),
        channels INTEGER NOT NULL,
        bit_depth INTEGER NOT NULL,
        intensity_window TEXT NOT NULL CHECK (json_valid(intensity_window)),
        notes TEXT NOT NULL CHECK (json_valid(notes)),
        difference_hash TEXT NOT NULL,
        thumbnail BLOB NOT NULL,
        size_bytes INTEGER NOT NULL,
        modified_at_ms REAL NOT NULL,
        UNIQUE (dataset_id, relative_path)
      ) STRICT;

      CREATE INDEX images_by_hash ON images (dataset_id, sha256);
      CREATE INDEX images_by_class ON images (class_id);

      CREATE TABLE set_aside (
        id INTEGER PRIMARY KEY,
        dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        relative_path TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('quarantined', 'ignored')),
        reason TEXT NOT NULL,
        message TEXT NOT NULL,
        size_bytes INTEGER,
        sha256 TEXT
      ) STRICT;

      CREATE INDEX set_aside_by_dataset ON set_aside (dataset_id);
    `);
  },
};
