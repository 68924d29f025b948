// Reads classes and splits out of folder names. Knows only paths; opens nothing.
import type { SourceLayout, SplitName } from '../contract/dataset.ts';
import { isImageExtension, extensionOf } from './contentKind.ts';

/** What a source says about one file. */
export interface FileOrigin {
  readonly label: string | null;
  readonly group: string | null;
  readonly givenSplit: SplitName | null;
}

export interface FolderLayout {
  readonly layout: SourceLayout;
  /** One entry a file, in the order given. */
  readonly origins: readonly FileOrigin[];
  readonly warnings: readonly string[];
}

const splitAliases: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  trainset: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
  testset: 'test',
};

/** The split that a name means, whatever its case; null for any other name. */
export function splitFromName(name: string): SplitName | null {
  return splitAliases[name.trim().toLowerCase()] ?? null;
}

/** Class names that look the same are the same: Unicode's composed form, without outer spaces. */
export function normalizeLabel(name: string): string | null {
  return name.normalize('NFC').trim() || null;
}

/** Folders that wrap everything (`dataset/images/…`): as long as there is only one folder and no picture beside it. */
function countWrappers(paths: readonly (readonly string[])[]): number {
  let depth = 0;
  for (;;) {
    const names = new Set(paths.map((parts) => (parts.length > depth + 1 ? parts[depth]! : '')));
    if (names.size !== 1 || names.has('') || splitFromName([...names][0]!)) return depth;
    depth++;
  }
}

/** Split folders count as such if there is one for training, or if there is nothing else. */
function hasSplitFolders(folders: ReadonlySet<string>): boolean {
  const splits = [...folders].map(splitFromName);
  return splits.includes('train') || (splits.length > 0 && splits.every((split) => split !== null));
}

function quantity(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * Finds the class and split of each file from the folders above it: `[split/]class/…/file`. Folders below the class are
 * part of the class; a lone folder above everything, or
 * below every split, is looked through; files beside the class folders have no class.
 * @param relativePaths with `/` between folders
 */
export function readFolderLayout(relativePaths: readonly string[]): FolderLayout {
  const paths = relativePaths.map((path) => path.split('/'));
  // Tables and notes beside the pictures say nothing about their folders.
  const pictures = paths.filter((_, index) => isImageExtension(extensionOf(relativePaths[index]!)));
  const wrappers = countWrappers(pictures);
  const inner = (parts: readonly string[]) => parts.slice(wrappers, -1);
  const topFolders = new Set(pictures.map((parts) => inner(parts)[0]).filter((name) => name !== undefined));
  const isSplit = hasSplitFolders(topFolders);
  const warnings: string[] = [];
  const splitOf = (folders: readonly string[]) => (isSplit && folders[0] ? splitFromName(folders[0]) : null);
  const inSplits = pictures
    .filter((parts) => splitOf(inner(parts)))
    .map((parts) => parts.slice(wrappers + 1));
  const innerWrappers = isSplit ? countWrappers(inSplits) : 0;
  const origins = paths.map((parts): FileOrigin => {
    const folders = inner(parts);
    const givenSplit = splitOf(folders);
    // Beside split folders, a folder that is none is taken for a class without a split.
    const label = folders[givenSplit ? 1 + innerWrappers : 0];
    return { label: label === undefined ? null : normalizeLabel(label), group: null, givenSplit };
  });
  const labelled = pictures.filter(
    (parts) => inner(parts).length > (splitOf(inner(parts)) ? 1 + innerWrappers : 0),
  ).length;
  if (labelled > 0 && labelled < pictures.length) {
    const loose = quantity(pictures.length - labelled, 'picture');
    warnings.push(`${loose} in no class folder: used for pretraining only, never to measure accuracy.`);
  }
  if (isSplit) {
    const others = [...topFolders].filter((name) => !splitFromName(name)).sort();
    if (others.length > 0)
      warnings.push(`Folders beside the splits, taken as classes without a split: ${others.join(', ')}.`);
  }
  const layout = isSplit ? 'splitFolders' : labelled > 0 ? 'classFolders' : 'flat';
  return { layout, origins, warnings };
}
