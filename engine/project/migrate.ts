// Brings a database to the newest schema, one transaction a migration. Touches nothing else.
import type { Database } from 'better-sqlite3';
import { EngineError } from '../contract/errors.ts';
import type { Migration } from './migrations/migration.ts';

/** Marks a SQLite file as Thimble's ("Thmb"). */
export const applicationId = 0x54686d62;

/** The number of the last migration the database has. */
export function readSchemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/**
 * Applies the migrations the database lacks, in order. Each one, its record and the version number become durable
 * together or not at all, so that a failure leaves the database as the last complete migration made it.
 * Throws project.newer when the database has migrations that this build does not know.
 */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  const newest = migrations.length;
  const found = readSchemaVersion(database);
  if (found > newest) {
    throw new EngineError(
      'project.newer',
      `This project was made by a newer Thimble (its schema is ${found}, this Thimble knows ${newest}). Please update Thimble.`,
      { details: { found, newest } },
    );
  }
  // Most projects are up to date: opening them must not wait for another process's writes.
  if (found === newest) return;
  for (const migration of migrations) applyOnce(database, migration);
}

function applyOnce(database: Database, migration: Migration): void {
  database
    .transaction(() => {
      // Looked up inside the transaction: another process may have migrated in the meantime.
      if (readSchemaVersion(database) >= migration.number) return;
      migration.apply(database);
      database
        .prepare('INSERT INTO migrations (number, title, applied_at_ms) VALUES (?, ?, ?)')
        .run(migration.number, migration.title, Date.now());
      database.pragma(`application_id = ${applicationId}`);
      database.pragma(`user_version = ${migration.number}`);
    })
    .immediate();
}
