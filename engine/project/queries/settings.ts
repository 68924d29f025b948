// Settings of a project: small values by name, stored as JSON.
import type { Database } from 'better-sqlite3';

/** The setting's value, or undefined when it was never written. */
export function readSetting<T>(database: Database, name: string): T | undefined {
  const row = database
    .prepare<[string], { value: string }>('SELECT value FROM settings WHERE name = ?')
    .get(name);
  return row === undefined ? undefined : (JSON.parse(row.value) as T);
}

export function writeSetting(database: Database, name: string, value: unknown): void {
  database
    .prepare(
      'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    )
    .run(name, JSON.stringify(value));
}
