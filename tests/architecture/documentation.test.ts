// Holds the documentation to the code: nothing public goes undocumented, nothing documented is gone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requestNames } from '../../engine/contract/requests.ts';
import { errorCodes } from '../../engine/contract/errors.ts';
import { renderConfigPage } from '../../scripts/docs/configPage.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');

describe('documentation', () => {
  test('every error code has its row, and no row is left over', () => {
    const page = readFileSync(join(docs, 'errors.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `([a-z.A-Z]+)` +\|/gm)].map((match) => match[1]);
    expect(documented.sort()).toEqual([...errorCodes].sort());
  });

  test('every request is documented beside its command', () => {
    const page = readFileSync(join(docs, 'commands.md'), 'utf8');
    const documented = new Set([...page.matchAll(/`([a-z]+\.[a-z]+)`/g)].map((match) => match[1]!));
    expect(requestNames.filter((name) => !documented.has(name))).toEqual([]);
  });

  test('the page of settings is made from the table of fields (npm run docs)', () => {
    expect(readFileSync(join(docs, 'config.md'), 'utf8')).toBe(renderConfigPage());
  });
});
