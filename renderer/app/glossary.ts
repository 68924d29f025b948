// The field's terms, from docs/glossary.md: the one place that explains them.
import source from '../../docs/glossary.md?raw';

export interface GlossaryEntry {
  /** As the interface links to it, e.g. `kNN`. */
  readonly term: string;
  /** Plain text. */
  readonly sentence: string;
}

const bold = /\*\*(.+?)\*\*/g;

function plain(markdown: string): string {
  return markdown.replace(/\*\*|`|_(?=\w)|(?<=\w)_/g, '').trim();
}

/** One entry a term; a line that explains several gives each of them its whole text. */
export function parseGlossary(markdown: string): GlossaryEntry[] {
  return markdown.split('\n').flatMap((line) => {
    if (!line.startsWith('- **')) return [];
    const text = plain(line.slice(2));
    return [...line.matchAll(bold)]
      .flatMap(([, terms]) => terms!.split(', '))
      .map((term) => ({ term: plain(term), sentence: text.charAt(0).toUpperCase() + text.slice(1) }));
  });
}

export const glossary: readonly GlossaryEntry[] = parseGlossary(source);

/** The entry of a term, without regard to case. */
export function findTerm(term: string): GlossaryEntry | undefined {
  const wanted = term.toLowerCase();
  return glossary.find((entry) => entry.term.toLowerCase() === wanted);
}
