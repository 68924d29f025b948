// thimble dataset rename, remove, duplicates; thimble source inspect.
import type { DuplicateSummary, ImageRow, SourceInspection } from '../../contract/images.ts';
import { formatCount, formatPlural } from '../format.ts';
import type { Session } from '../session.ts';
import { escapeControl, renderTable } from '../table.ts';
import type { Command } from 'commander';
import { parseId, type WithSession } from './command.ts';

const shownSets = 20;
const mostAskedIds = 2000;

function renderInspection(source: SourceInspection): string {
  const files = formatPlural(source.imageFileCount, 'image file');
  const classes = formatPlural(source.classCount, 'class', 'classes');
  const what =
    source.kind === 'csv'
      ? `${formatPlural(source.rowCount, 'row')}, ${files}`
      : `${files} (${source.layout})`;
  const lines = [`${escapeControl(source.path)}: ${what}, ${classes}`];
  if (source.classCount > 0) lines.push(`  ${escapeControl(source.classes.join(', '))}`);
  if (source.columns.length > 0) {
    const roles = Object.entries(source.chosen);
    const rows = source.columns.map(({ name, examples }) => [
      name,
      roles.flatMap(([role, column]) => (column === name ? [role] : [])).join(', '),
      examples.join(', '),
    ]);
    lines.push('', renderTable([{ title: 'column' }, { title: 'taken for' }, { title: 'values' }], rows));
  }
  lines.push(...source.warnings.map((warning) => `Note: ${escapeControl(warning)}`));
  return lines.join('\n');
}

/** Paths of images by number. */
async function listPaths(session: Session, dataset: number, ids: readonly number[]) {
  const images: ImageRow[] = [];
  for (let from = 0; from < ids.length; from += mostAskedIds) {
    const some = ids.slice(from, from + mostAskedIds);
    for (let offset = 0; offset < some.length; offset += 500) {
      const page = { project: session.project, dataset, ids: some, offset, limit: 500 };
      images.push(...(await session.request('image.list', page)).images);
    }
  }
  return new Map(images.map(({ id, relativePath }) => [id, relativePath]));
}

function renderDuplicates(summary: DuplicateSummary, paths: ReadonlyMap<number, string>): string {
  const { exactSets, nearPairs } = summary;
  if (exactSets.length + nearPairs.length === 0) return 'No two images look alike.';
  const pathOf = (id: number) => paths.get(id) ?? String(id);
  const rows = [
    ...exactSets.map((set) => ['the same', set.map(pathOf).join(' = ')]),
    ...nearPairs.map(({ first, second, correlation }) => [
      `alike (${correlation.toFixed(3)})`,
      `${pathOf(first)} ~ ${pathOf(second)}`,
    ]),
  ];
  const more =
    rows.length > shownSets ? `\n… and ${formatCount(rows.length - shownSets)} more (--json shows all)` : '';
  return `${renderTable([{ title: 'how' }, { title: 'images' }], rows.slice(0, shownSets))}${more}`;
}

/** Commands of the group `dataset` that keep a project tidy. */
export function addDatasetUpkeep(dataset: Command, withSession: WithSession): void {
  dataset
    .command('rename')
    .argument('<id>', 'its number', parseId)
    .argument('<name>')
    .action((id: number, name: string, _options, command) =>
      withSession(command, async (session) => {
        const renamed = await session.request('dataset.rename', {
          project: session.project,
          dataset: id,
          name,
        });
        session.print(renamed, (row) => `Dataset ${row.id} is called ${escapeControl(row.name)} now.`);
      }),
    );
  dataset
    .command('remove')
    .description('Take a dataset that no run uses out of the project; its images stay where they are.')
    .argument('<id>', 'its number', parseId)
    .action((id: number, _options, command) =>
      withSession(command, async (session) => {
        const left = await session.request('dataset.remove', { project: session.project, dataset: id });
        session.print(
          left,
          (all) => `Dataset ${id} is removed; ${formatPlural(all.length, 'dataset')} left.`,
        );
      }),
    );
  dataset
    .command('duplicates')
    .description('Images that are the same or look alike.')
    .argument('<id>', 'its number', parseId)
    .action((id: number, _options, command) =>
      withSession(command, async (session) => {
        const found = await session.request('dataset.duplicates', { project: session.project, dataset: id });
        const near = found.nearPairs.flatMap(({ first, second }) => [first, second]);
        const ids = [...new Set([...found.exactSets.flat(), ...near])];
        const paths = session.json ? new Map<number, string>() : await listPaths(session, id, ids);
        session.print(found, (summary) => renderDuplicates(summary, paths));
      }),
    );
}

export function addSourceCommands(program: Command, withSession: WithSession): void {
  const source = program.command('source').description('Look at images before they are imported.');
  source
    .command('inspect')
    .description('What an import would meet, told from names of files, folders and columns.')
    .argument('<path>', 'a folder or a CSV')
    .action((path: string, _options, command) =>
      withSession(command, async (session) => {
        session.print(await session.request('source.inspect', { path }), renderInspection);
      }),
    );
}
