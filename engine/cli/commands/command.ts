// How a command is told to commander.
import { InvalidArgumentError, type Command } from 'commander';
import type { TableColumns } from '../../contract/images.ts';
import type { Session } from '../session.ts';

/** Runs an action with a session that is closed afterwards, whatever happens. */
export type WithSession = (command: Command, action: (session: Session) => Promise<void>) => Promise<void>;

/** Adds a group of commands to the program. */
export type AddCommands = (program: Command, withSession: WithSession) => void;

/** A whole number from 1, as runs, datasets and splits are numbered. */
export function parseId(text: string): number {
  const id = Number(text);
  if (!Number.isInteger(id) || id < 1) throw new InvalidArgumentError('expected a whole number from 1.');
  return id;
}

/** Any number. */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number.');
  return value;
}

/** Collects `field=value` pairs; values are JSON where they parse, else text. */
export function collectSetting(
  text: string,
  collected: Record<string, unknown> = {},
): Record<string, unknown> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected FIELD=VALUE, e.g. optimizer.lrPeak=0.001.');
  const value = text.slice(at + 1);
  return { ...collected, [text.slice(0, at)]: parseValue(value) };
}

const columnParts = ['file', 'label', 'group', 'split'] as const;

/** Collects `part=name` pairs that say which column of a table is what; an empty name means none. */
export function collectColumn(text: string, collected: TableColumns = {}): TableColumns {
  const at = text.indexOf('=');
  const part = columnParts.find((name) => name === text.slice(0, Math.max(0, at)));
  if (part === undefined)
    throw new InvalidArgumentError(`expected PART=NAME with a part of ${columnParts.join(', ')}.`);
  return { ...collected, [part]: text.slice(at + 1) || null };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so it is meant as text: `model.tokenizer=vit`.
    return text;
  }
}
