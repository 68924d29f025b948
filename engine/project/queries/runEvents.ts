// What happened to a run, in order.
import type { Database } from 'better-sqlite3';
import type { RunEvent, RunEventKind } from '../../contract/run.ts';

type RawRunEvent = Omit<RunEvent, 'details'> & { readonly details: string };

/** Stores an event; returns it with its id and time. */
export function insertRunEvent(
  database: Database,
  runId: number,
  event: {
    readonly step: number;
    readonly kind: RunEventKind;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
  },
): RunEvent {
  const { step, kind, message, details = {} } = event;
  const atMs = Date.now();
  const { lastInsertRowid } = database
    .prepare('INSERT INTO run_events (run_id, at_ms, step, kind, message, details) VALUES (?, ?, ?, ?, ?, ?)')
    .run(runId, atMs, step, kind, message, JSON.stringify(details));
  return { id: Number(lastInsertRowid), runId, atMs, step, kind, message, details };
}

export function listRunEvents(database: Database, runId: number): RunEvent[] {
  return database
    .prepare<[number], RawRunEvent>(
      `SELECT id, run_id AS runId, at_ms AS atMs, step, kind, message, details
       FROM run_events WHERE run_id = ? ORDER BY id`,
    )
    .all(runId)
    .map(parseEvent);
}

/** Events of any run after the one of that id, in order. */
export function listEventsAfter(database: Database, id: number): RunEvent[] {
  return database
    .prepare<[number], RawRunEvent>(
      `SELECT id, run_id AS runId, at_ms AS atMs, step, kind, message, details
       FROM run_events WHERE id > ? ORDER BY id`,
    )
    .all(id)
    .map(parseEvent);
}

/** The newest event's id; 0 where there is none. */
export function readLastEventId(database: Database): number {
  return Number(database.prepare('SELECT coalesce(max(id), 0) FROM run_events').pluck().get());
}

function parseEvent(row: RawRunEvent): RunEvent {
  return { ...row, details: JSON.parse(row.details) as Record<string, unknown> };
}
