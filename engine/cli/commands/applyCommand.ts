// thimble run apply: what a trained run says about new images.
import type { Command } from 'commander';
import type { EncoderName } from '../../contract/config.ts';
import type { AppliedModel } from '../../contract/cost.ts';
import { formatCount, formatPlural } from '../format.ts';
import { escapeControl, renderTable } from '../table.ts';
import { parseId, type WithSession } from './command.ts';

function renderApplied(applied: AppliedModel): string {
  const { file, featuresFile, imageCount, quarantinedCount, classes, notes } = applied;
  const lines = [
    renderTable(
      [{ title: 'taken for' }, { title: 'images', align: 'right' }],
      classes.map(({ name, images }) => [name, formatCount(images)]),
    ),
    '',
    `${formatPlural(imageCount, 'image')} in ${file}${featuresFile === null ? '' : `, features in ${featuresFile}`}`,
  ];
  if (quarantinedCount > 0) lines.push(`${formatPlural(quarantinedCount, 'file')} could not be used.`);
  return [...lines, '', ...notes.map(escapeControl)].join('\n');
}

/** Adds `apply` to the group `run`. */
export function addApplyCommand(run: Command, withSession: WithSession): void {
  run
    .command('apply')
    .description('Predict the classes of new images with a linear probe on what a run has learned.')
    .argument('<run>', 'its number', parseId)
    .argument('<path>', 'folder or CSV of new images')
    .argument('<file>', 'CSV to write: one row an image')
    .option('--features <file>', 'CSV of features to write as well')
    .option('--encoder <which>', 'target or context')
    .option('--replace', 'replace these files where they are there already')
    .action(
      (
        id: number,
        path: string,
        file: string,
        options: { features?: string; encoder?: EncoderName; replace?: boolean },
        command,
      ) =>
        withSession(command, async (session) => {
          const { features: featuresFile, encoder, replace } = options;
          const mayReplace = replace ? [file, featuresFile ?? []].flat() : undefined;
          const payload = {
            project: session.project,
            run: id,
            path,
            file,
            featuresFile,
            mayReplace,
            encoder,
          };
          session.print(await session.request('run.apply', payload), renderApplied);
        }),
    );
}
