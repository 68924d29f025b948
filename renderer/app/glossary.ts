// The field's terms, from docs/glossary.md: the one place that explains them.
import type { GlossaryEntry } from '../widgets/Term.svelte';
import source from '../../docs/glossary.md?raw';

const line = /^- \*\*(.+?)\*\*: (.+)$/gm;

/** The entries of the page, in its order. */
export function parseGlossary(markdown: string): GlossaryEntry[] {
  return [...markdown.matchAll(line)].map(([, term, sentence]) => ({ term: term!, sentence: sentence! }));
}

export const glossary: readonly GlossaryEntry[] = parseGlossary(source);

/** The entry of a term, without regard to case. Throws where the glossary lacks it: a link must lead somewhere. */
export function findTerm(term: string): GlossaryEntry {
  const wanted = term.toLowerCase();
  const found = glossary.find((entry) => entry.term.toLowerCase() === wanted);
  if (!found) throw new Error(`the glossary has no entry “${term}”`);
  return found;
}
