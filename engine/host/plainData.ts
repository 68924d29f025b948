// The first door: is a message plain data of a sensible size? Looks at nothing else, and never at more than the limits.
import { EngineError } from '../contract/errors.ts';

/** Largest message: values of any kind, characters of all strings and names, levels of nesting. */
export const messageLimits = { values: 100_000, characters: 1_000_000, depth: 32 } as const;

interface Budget {
  values: number;
  characters: number;
  /** The objects that lead to the one looked at: meeting one of them again is a circle. */
  readonly path: Set<object>;
}

function refuse(why: string): never {
  throw new EngineError('request.invalid', `message: ${why}`);
}

function spendText(text: string, budget: Budget): void {
  budget.characters -= text.length;
  if (budget.characters < 0) refuse(`it has more than ${messageLimits.characters} characters of text`);
}

function checkEntries(value: object, budget: Budget): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) refuse('it holds an object that is neither a plain object nor an array');
  if (budget.path.has(value)) refuse('it contains itself');
  if (budget.path.size >= messageLimits.depth)
    refuse(`it is nested deeper than ${messageLimits.depth} levels`);
  if (Array.isArray(value) && value.length > budget.values)
    refuse(`it has more than ${messageLimits.values} values`);
  budget.path.add(value);
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (key === '__proto__') refuse('it has a field named __proto__');
    spendText(key, budget);
    checkValue((value as Record<string, unknown>)[key], budget);
  }
  budget.path.delete(value);
}

function checkValue(value: unknown, budget: Budget): void {
  if (--budget.values < 0) refuse(`it has more than ${messageLimits.values} values`);
  switch (typeof value) {
    case 'string':
      return spendText(value, budget);
    case 'number':
    case 'boolean':
    case 'undefined':
      return;
    case 'object':
      if (value !== null) checkEntries(value, budget);
      return;
    default:
      refuse(`it holds a ${typeof value}`);
  }
}

/**
 * Throws request.invalid unless the value is made of plain objects, arrays, strings, numbers, booleans, null and undefined,
 * without circles, within `messageLimits`.
 */
export function assertPlainData(value: unknown): void {
  checkValue(value, { values: messageLimits.values, characters: messageLimits.characters, path: new Set() });
}
