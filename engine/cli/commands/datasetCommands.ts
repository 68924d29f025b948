// thimble dataset …, thimble split …
import type { DatasetDetails, NamedLeak, SplitInfo } from '../../contract/answers.ts';
import type { TableColumns } from '../../contract/images.ts';
import { formatCount, formatPlural } from '../format.ts';
import { escapeControl, renderTable } from '../table.ts';
import { collectColumn, parseId, parseNumber, type AddCommands } from './command.ts';
import { addDatasetUpkeep, addSourceCommands } from './datasetUpkeep.ts';

const shownFiles = 20;

/** "1,360 images in 17 classes. 3 files set aside." and the classes. */
export function renderDataset(dataset: DatasetDetails): string {
  const images = formatPlural(dataset.imageCount, 'image');
  const classes =
    dataset.classCount > 0 ? ` in ${formatPlural(dataset.classCount, 'class', 'classes')}` : ', no classes';
  const aside =
    dataset.quarantinedCount > 0 ? ` ${formatPlural(dataset.quarantinedCount, 'file')} set aside.` : '';
  const lines = [`Dataset ${dataset.id}, ${escapeControl(dataset.name)}: ${images}${classes}.${aside}`];
  lines.push(...dataset.warnings.map((warning) => `Note: ${escapeControl(warning)}`));
  if (dataset.classes.length > 0) {
    const rows = dataset.classes.map(({ name, images: count }) => [name, formatCount(count)]);
    lines.push('', renderTable([{ title: 'class' }, { title: 'images', align: 'right' }], rows));
  }
  if (dataset.quarantined.length > 0) {
    const rows = dataset.quarantined
      .slice(0, shownFiles)
      .map(({ relativePath, message }) => [relativePath, message]);
    lines.push('', renderTable([{ title: 'set aside' }, { title: 'why' }], rows));
    if (dataset.quarantined.length > shownFiles) {
      lines.push(`… and ${formatCount(dataset.quarantined.length - shownFiles)} more (--json shows all)`);
    }
  }
  for (const split of dataset.splits) lines.push('', renderSplit(split));
  return lines.join('\n');
}

/** "Split 1 (as given): 1,088 train, 0 validation …". */
export function renderSplit(split: SplitInfo): string {
  const { train, validation, test } = split.counts;
  const parts = `${formatCount(train)} train, ${formatCount(validation)} validation, ${formatCount(test)} test`;
  const groups =
    split.groupCount > 0
      ? `; ${formatPlural(split.groupCount, 'group')}, ${formatCount(split.sharedGroupCount)} shared between parts`
      : '';
  const warnings = split.warnings.map((warning) => `\n  ${warning}`).join('');
  return `Split ${split.id} (${escapeControl(split.name)}): ${parts}${groups}${warnings}`;
}

/** Leaks as a table, the first ones. */
export function renderLeaks(leaks: readonly NamedLeak[]): string {
  if (leaks.length === 0) return 'No image of one part has a look-alike in another.';
  const rows = leaks
    .slice(0, shownFiles)
    .map(({ image, imageSplit, twin, twinSplit, kind, sameLabel }) => [
      `${image} (${imageSplit})`,
      `${twin} (${twinSplit})`,
      sameLabel ? kind : `${kind}, other class`,
    ]);
  const more = leaks.length > shownFiles ? `\n… and ${formatCount(leaks.length - shownFiles)} more` : '';
  const title = `${formatPlural(leaks.length, 'image')} with a look-alike in another part:`;
  return `${title}\n${renderTable([{ title: 'image' }, { title: 'looks like' }, { title: 'how' }], rows)}${more}`;
}

interface ImportOptions {
  readonly name?: string;
  readonly column?: TableColumns;
}

export const addDatasetCommands: AddCommands = (program, withSession) => {
  const dataset = program.command('dataset').description('Bring images in and look at them.');
  dataset
    .command('import')
    .description('Read a folder of images (class folders, train/val/test above them, or flat) or a CSV.')
    .argument('<path>')
    .option('--name <name>')
    .option(
      '--column <part=name>',
      'for a CSV: the column of file, label, group or split; without a name: none; repeat for more',
      collectColumn,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  thimble dataset import ~/Pictures/pollen --project ~/Projects/pollen' +
        '\n  thimble dataset import scans.csv --column label=diagnosis --column group=',
    )
    .action((path: string, { name, column }: ImportOptions, command) =>
      withSession(command, async (session) => {
        const payload = { project: session.project, path, name, columns: column };
        session.print(await session.request('dataset.import', payload), renderDataset);
      }),
    );
  dataset.command('list').action((_options, command) =>
    withSession(command, async (session) => {
      session.print(await session.request('dataset.list', { project: session.project }), (datasets) =>
        renderTable(
          [
            { title: 'id', align: 'right' },
            { title: 'name' },
            { title: 'images', align: 'right' },
            { title: 'folder' },
          ],
          datasets.map(({ id, name, imageCount, rootFolder }) => [
            String(id),
            name,
            formatCount(imageCount),
            rootFolder,
          ]),
        ),
      );
    }),
  );
  dataset
    .command('show')
    .argument('<dataset>', 'its number', parseId)
    .action((id: number, _options, command) =>
      withSession(command, async (session) => {
        session.print(
          await session.request('dataset.show', { project: session.project, dataset: id }),
          renderDataset,
        );
      }),
    );
  dataset
    .command('relink')
    .description('Find the images again in another folder, by their content.')
    .argument('<dataset>', 'its number', parseId)
    .argument('<folder>')
    .action((id: number, folder: string, _options, command) =>
      withSession(command, async (session) => {
        const payload = { project: session.project, dataset: id, folder };
        session.print(await session.request('dataset.relink', payload), ({ found, missing }) => {
          const lost =
            missing.length > 0
              ? `; ${formatPlural(missing.length, 'image')} not found, e.g. ${missing[0]}`
              : '';
          return `${formatPlural(found, 'image')} found${lost}.`;
        });
      }),
    );
  addDatasetUpkeep(dataset, withSession);
  addSourceCommands(program, withSession);
  addSplitCommands(program, withSession);
};

interface SplitOptions {
  readonly seed?: number;
  readonly ratios?: string;
  readonly name?: string;
  readonly ignoreGiven?: boolean;
  readonly together?: 'none' | 'exact' | 'near';
}

function parseRatios(text: string | undefined) {
  if (text === undefined) return undefined;
  const [train = Number.NaN, validation = Number.NaN, test = Number.NaN] = text.split(':').map(Number);
  return { train, validation, test };
}

const addSplitCommands: AddCommands = (program, withSession) => {
  const split = program.command('split').description('Divide a dataset into train, validation and test.');
  split
    .command('create')
    .argument('<dataset>', 'its number', parseId)
    .option('--seed <seed>', 'the number from which the division is drawn', parseNumber)
    .option('--ratios <train:validation:test>', 'e.g. 70:15:15')
    .option('--name <name>')
    .option('--ignore-given', 'draw anew even where the folders or the CSV give a division')
    .option('--together <which>', 'look-alikes never divided: none, exact or near')
    .action((dataset: number, options: SplitOptions, command) =>
      withSession(command, async (session) => {
        const result = await session.request('split.create', {
          project: session.project,
          dataset,
          name: options.name,
          seed: options.seed,
          ratios: parseRatios(options.ratios),
          keepGiven: options.ignoreGiven ? false : undefined,
          keepTogether: options.together,
        });
        session.print(result, ({ split: made, leaks }) => `${renderSplit(made)}\n${renderLeaks(leaks)}`);
      }),
    );
  split
    .command('list')
    .argument('<dataset>', 'its number', parseId)
    .action((dataset: number, _options, command) =>
      withSession(command, async (session) => {
        const splits = await session.request('split.list', { project: session.project, dataset });
        session.print(splits, (all) => all.map(renderSplit).join('\n') || 'No split yet.');
      }),
    );
  split
    .command('leaks')
    .description('Images of one part with a look-alike in another.')
    .argument('<split>', 'its number', parseId)
    .action((id: number, _options, command) =>
      withSession(command, async (session) => {
        session.print(
          await session.request('split.leaks', { project: session.project, split: id }),
          renderLeaks,
        );
      }),
    );
};
