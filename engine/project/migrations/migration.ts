// What a migration is. Migrations are numbered from 1 without gaps, never edited once released, and each one runs in
// one transaction together with its record.
import type { Database } from 'better-sqlite3';

export interface Migration {
  /** 1, 2, 3 …; `user_version` of a database that has it. */
  readonly number: number;
  /** A few words, kept in the migration's record. */
  readonly title: string;
  apply(database: Database): void;
}
