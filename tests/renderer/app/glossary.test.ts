import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configFields } from '../../../engine/contract/configFields.ts';
import { findTerm, glossary, parseGlossary } from '../../../renderer/app/glossary.ts';
import { comparedMetrics } from '../../../renderer/screens/compare/compareState.svelte.ts';
import { findSettingTerm } from '../../../renderer/state/settingWords.ts';

const renderer = join(import.meta.dirname, '..', '..', '..', 'renderer');
const sources = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.svelte'))
  .map((name) => readFileSync(join(renderer, name), 'utf8'));

describe('the glossary', () => {
  test('each line of the page is an entry, in alphabetical order', () => {
    const terms = glossary.map(({ term }) => term);
    expect(terms.length).toBeGreaterThan(40);
    expect(terms).toEqual([...terms].sort((a, b) => a.localeCompare(b, 'en', { sensitivity: 'base' })));
    expect(parseGlossary('# x\n\n- **A b**: One. Two.\nnot a line\n- **C**: Three.')).toEqual([
      { term: 'A b', sentence: 'One. Two.' },
      { term: 'C', sentence: 'Three.' },
    ]);
  });

  test('every term that a screen links to is there', () => {
    const linked = sources.flatMap((source) =>
      [...source.matchAll(/<GlossaryTerm\s[^>]*?term="([^"]+)"/g)].map((match) => match[1]!),
    );
    expect(linked.length).toBeGreaterThan(10);
    for (const term of linked) expect(findTerm(term).sentence).not.toBe('');
    const ofSettings = Object.keys(configFields).map((path) => findSettingTerm(path));
    const ofCurves = comparedMetrics.map(({ term }) => term);
    const named = [...ofSettings, ...ofCurves].filter((term) => typeof term === 'string');
    expect(named.length).toBeGreaterThan(10);
    for (const term of named) expect(findTerm(term).sentence).not.toBe('');
    expect(() => findTerm('no such term')).toThrow('no entry');
  });
});
