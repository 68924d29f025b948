// The record of migrations itself, and settings by name.
import type { Migration } from './migration.ts';

export const projectTables: Migration = {
  number: 1,
  title: 'migrations and settings',
  apply(database) {
    database.exec(`
      CREATE TABLE migrations (
        number INTEGER PRIMARY KEY,
        title TEXT NOT NULL,
        applied_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL CHECK (json_valid(value))
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
