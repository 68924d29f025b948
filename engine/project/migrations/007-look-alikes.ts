// Which images of a dataset are the same or look alike: found once, for what an import stored never changes. Images are
// never removed but with their dataset, so that only this one needs to be watched.
import type { Migration } from './migration.ts';

export const lookAlikeTables: Migration = {
  number: 7,
  title: 'look-alikes',
  apply(database) {
    database.exec(`
      CREATE TABLE look_alike_searches (
        dataset_id INTEGER PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
        rule INTEGER NOT NULL,
        found_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE identical_images (
        dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        image_id INTEGER NOT NULL,
        first_id INTEGER NOT NULL CHECK (first_id <= image_id),
        PRIMARY KEY (dataset_id, image_id)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE alike_images (
        dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        first_id INTEGER NOT NULL,
        second_id INTEGER NOT NULL CHECK (first_id < second_id),
        hash_distance INTEGER NOT NULL,
        correlation REAL NOT NULL,
        PRIMARY KEY (dataset_id, first_id, second_id)
      ) STRICT, WITHOUT ROWID;

      CREATE INDEX images_by_trait ON images
        (dataset_id, id, class_id, group_name, given_split, format, width, height, notes, sha256);
    `);
  },
};
