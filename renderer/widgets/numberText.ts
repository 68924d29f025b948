// Reading a typed number: the value, or the reason why it is not one. Pure; the fields show what it says.

export interface NumberRules {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
  /** An empty field is a value (null) and no mistake. */
  readonly optional?: boolean;
}

export type ReadNumber =
  | { readonly value: number | null; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

/** Takes a decimal comma, spaces between thousands and 1e-4; says in words what is wrong otherwise. */
export function readNumber(text: string, rules: NumberRules): ReadNumber {
  const clean = text.trim().replaceAll(/[\s_]/g, '').replace('−', '-');
  if (clean === '') return rules.optional ? { value: null } : { problem: 'A number is needed here.' };
  const value = Number(decimalPoint(clean));
  if (!Number.isFinite(value)) return { problem: `"${text.trim()}" is not a number.` };
  if (rules.integer && !Number.isInteger(value)) return { problem: 'This must be a whole number.' };
  if (rules.min !== undefined && value < rules.min)
    return { problem: `The least possible is ${writeNumber(rules.min)}.` };
  if (rules.max !== undefined && value > rules.max)
    return { problem: `The most possible is ${writeNumber(rules.max)}.` };
  return { value };
}

/** A number as one would type it: no grouping, no more digits than it has. */
export function writeNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '';
  return String(Number(value.toPrecision(12)));
}

/** The next value up or down the steps, inside the limits and without binary dust. */
export function stepNumber(
  value: number | null,
  step: number,
  direction: 1 | -1,
  rules: NumberRules,
): number {
  const from = value ?? rules.min ?? 0;
  const next = Number((from + direction * step).toPrecision(12));
  return Math.min(rules.max ?? Infinity, Math.max(rules.min ?? -Infinity, next));
}

/** The allowed range in words for a field's corner: "0 to 1", "at least 1", or nothing. */
export function describeRange(rules: NumberRules): string | undefined {
  const { min, max } = rules;
  if (min !== undefined && max !== undefined) return `${writeNumber(min)} to ${writeNumber(max)}`;
  if (min !== undefined) return `at least ${writeNumber(min)}`;
  return max === undefined ? undefined : `at most ${writeNumber(max)}`;
}

// "1,5" is a decimal comma; "12,000" and "1,234.5" have commas between thousands.
function decimalPoint(text: string): string {
  if (/^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) return text.replaceAll(',', '');
  return /^-?\d*,\d+(e-?\d+)?$/i.test(text) ? text.replace(',', '.') : text;
}

/** A number as assistive attributes want it: digits alone, never a power of ten. */
export function plainDecimal(value: number | null | undefined): string | undefined {
  if (value === null || value === undefined || !Number.isFinite(value)) return undefined;
  return value.toLocaleString('en-US', { useGrouping: false, maximumSignificantDigits: 12 });
}
