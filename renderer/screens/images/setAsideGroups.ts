// Files that were set aside, by why: the groups people ask about, the table they can take along. Pure.
import type { SetAsideFile, SetAsideReason } from '../../../engine/contract/dataset.ts';
import { writeCsv } from '../../charts/tableCsv.ts';

export interface SetAsideGroup {
  readonly title: string;
  readonly files: readonly SetAsideFile[];
}

const titles: Readonly<Record<SetAsideReason, string>> = {
  'ignored.hidden': 'Hidden files',
  'ignored.system': 'Files of the system',
  'ignored.notImage': 'Files that are no images',
  'file.missing': 'Not there',
  'file.unreadable': 'Cannot be read',
  'file.empty': 'Empty',
  'file.tooLarge': 'Too large',
  'file.special': 'No ordinary files',
  'link.broken': 'Links that lead nowhere',
  'link.loop': 'Links that lead in a circle',
  'name.notText': 'Names that are no text',
  'row.repeated': 'Named twice in the table',
  'content.notImage': 'Named as images but none',
  'content.webPage': 'Web pages with an image’s name',
  'content.lfsPointer': 'Placeholders of Git LFS',
  'content.vector': 'Drawings (vector)',
  'content.unsupportedFormat': 'Formats that cannot be read',
  'content.truncated': 'Cut off',
  'content.corrupt': 'Damaged',
  'content.noPixels': 'Without pixels',
  'content.slow': 'Took too long to read',
  'size.tooManyPixels': 'Too many pixels',
  'size.outOfMemory': 'More than memory holds',
  'size.tooSmall': 'Too small to learn from',
  'size.tooElongated': 'Too long and narrow',
  'values.notFinite': 'Values that are no numbers',
};

/** Largest group first, files in their order. */
export function groupSetAside(files: readonly SetAsideFile[]): SetAsideGroup[] {
  const byTitle = new Map<string, SetAsideFile[]>();
  for (const file of files) {
    const title = titles[file.reason] ?? file.reason;
    byTitle.set(title, [...(byTitle.get(title) ?? []), file]);
  }
  return [...byTitle]
    .map(([title, of]) => ({ title, files: of }))
    .sort((a, b) => b.files.length - a.files.length || a.title.localeCompare(b.title, 'en'));
}

/** The list as CSV: file, reason, sentence, bytes. */
export function setAsideCsv(files: readonly SetAsideFile[]): string {
  return writeCsv(
    ['file', 'reason', 'message', 'bytes'],
    files.map(({ relativePath, reason, message, sizeBytes }) => [relativePath, reason, message, sizeBytes]),
  );
}
