// A word of the glossary, as Term shows it.
export interface GlossaryEntry {
  readonly term: string;
  readonly sentence: string;
  readonly href?: string;
}
