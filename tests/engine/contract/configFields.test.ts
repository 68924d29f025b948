import { describe, expect, test } from 'vitest';
import { paperConfig, type RunConfig } from '../../../engine/contract/config.ts';
import { assertValidConfig, configFields } from '../../../engine/contract/configFields.ts';

function listPaths(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, entry]) =>
    typeof entry === 'object' && !Array.isArray(entry)
      ? listPaths(entry, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

function withModel(change: Partial<RunConfig['model']>): RunConfig {
  return { ...paperConfig, model: { ...paperConfig.model, ...change } };
}

describe('config fields', () => {
  test('every field of a run has its row, and every row its field', () => {
    expect(Object.keys(configFields).sort()).toEqual(listPaths(paperConfig).sort());
  });

  test("the paper's configuration is valid", () => {
    expect(() => assertValidConfig(paperConfig)).not.toThrow();
  });

  test.each([
    [{ imageSize: 100 }, /imageSize: 100 is not a multiple/],
    [{ patchSize: 32 }, /scott needs 16/],
    [{ embedDim: 390 }, /multiple of 4/],
    [{ numHeads: 5 }, /5 heads do not divide 384/],
    [{ depth: 2.5 }, /model.depth: expected a whole number, got 2.5/],
    [{ dropout: Number.NaN }, /model.dropout: expected a number from 0 to 0.9/],
    [{ imageSize: 16 }, /imageSize/],
  ])('%j is refused by name', (change, message) => {
    expect(() => assertValidConfig(withModel(change))).toThrow(message);
  });

  test('all problems are named at once', () => {
    const config = { ...withModel({ depth: 0, numHeads: 0 }), seed: -1 };
    expect(() => assertValidConfig(config)).toThrow(/depth.*numHeads.*seed/);
  });
});
