// thimble probe …, ladder …, compare …, export …
import type { FrozenProbeKind, RunComparison } from '../../contract/answers.ts';
import type { EncoderName } from '../../contract/config.ts';
import { formatBytes, formatShare } from '../format.ts';
import { renderLadder, renderLadderRows } from '../ladderText.ts';
import { escapeControl, renderTable } from '../table.ts';
import { parseId, parseNumber, type AddCommands } from './command.ts';
import { renderRuns } from './runCommands.ts';

interface EncoderOption {
  readonly encoder?: EncoderName;
}

function renderComparison(comparison: RunComparison): string {
  const { runs, rows, settings } = comparison;
  const lines = [renderRuns(runs), ''];
  const differing = Object.entries(settings).map(([path, values]) => [
    path,
    ...values.map((value) => JSON.stringify(value)),
  ]);
  const columns = [{ title: 'setting' }, ...runs.map((run) => ({ title: `run ${run.id}` }))];
  lines.push(differing.length > 0 ? renderTable(columns, differing) : 'All settings are the same.', '');
  const accuracies = rows.map((row) => (row ? `${formatShare(row.top1)} (${row.probe})` : '–'));
  lines.push(
    renderTable(
      [{ title: '' }, ...runs.map((run) => ({ title: `run ${run.id}` }))],
      [['top-1', ...accuracies]],
    ),
    '',
  );
  lines.push(...comparison.comparisons.map(({ words }) => `• ${escapeControl(words)}`));
  lines.push(...comparison.notes);
  return lines.join('\n');
}

const addLadderCommands: AddCommands = (program, withSession) => {
  program
    .command('probe')
    .description('Measure frozen features with one probe.')
    .command('run')
    .argument('<run>', 'its number', parseId)
    .option('--probe <kind>', 'ridge, logistic, knn, simple, multihead or cross')
    .option('--encoder <which>', 'target or context')
    .action((run: number, options: EncoderOption & { probe?: FrozenProbeKind }, command) =>
      withSession(command, async (session) => {
        const row = await session.request('probe.run', {
          project: session.project,
          run,
          probe: options.probe,
          encoder: options.encoder,
        });
        session.print(row, (only) => renderLadderRows([only]));
      }),
    );
  const ladder = program
    .command('ladder')
    .description('Random weights → supervised from scratch → MIM-JEPA, on one split.');
  ladder
    .command('run')
    .argument('<run>', 'its number', parseId)
    .option('--probes <kinds>', 'comma-separated; the first carries the verdict', (text) => text.split(','))
    .option('--supervised-minutes <minutes>', 'time for supervised training; 0 leaves it out', parseNumber)
    .option('--encoder <which>', 'target or context')
    .action(
      (
        run: number,
        options: EncoderOption & { probes?: FrozenProbeKind[]; supervisedMinutes?: number },
        command,
      ) =>
        withSession(command, async (session) => {
          session.print(
            await session.request('ladder.run', {
              project: session.project,
              run,
              probes: options.probes,
              supervisedMinutes: options.supervisedMinutes,
              encoder: options.encoder,
            }),
            renderLadder,
          );
        }),
    );
  ladder
    .command('show')
    .argument('<run>', 'its number', parseId)
    .action((run: number, _options, command) =>
      withSession(command, async (session) => {
        const newest = await session.request('ladder.show', { project: session.project, run });
        session.print(newest, (found) => (found ? renderLadder(found) : `Run ${run} has no ladder yet.`));
      }),
    );
};

const addExportCommands: AddCommands = (program, withSession) => {
  const group = program.command('export').description('Write the encoder or features to files.');
  const written = ({ file, sizeBytes }: { file: string; sizeBytes: number }) =>
    `${file}, ${formatBytes(sizeBytes)}`;
  const add = (name: 'encoder' | 'onnx' | 'features', description: string) =>
    group
      .command(name)
      .description(description)
      .argument('<run>', 'its number', parseId)
      .argument('<file>')
      .option('--encoder <which>', 'target or context')
      .option('--replace', 'replace the file where it is there already')
      .action((run: number, file: string, options: EncoderOption & { replace?: boolean }, command) =>
        withSession(command, async (session) => {
          session.print(
            await session.request(`export.${name}`, {
              project: session.project,
              run,
              file,
              mayReplace: options.replace ? [file] : undefined,
              encoder: options.encoder,
            }),
            written,
          );
        }),
      );
  add('encoder', "safetensors under the official implementation's names");
  add('onnx', 'an ONNX model from raw pixels to features');
  add('features', 'features of all images as .csv or .npz');
};

export const addResultCommands: AddCommands = (program, withSession) => {
  addLadderCommands(program, withSession);
  program
    .command('compare')
    .description('Two or more runs side by side.')
    .argument('<runs...>', 'their numbers')
    .action((runs: string[], _options, command) =>
      withSession(command, async (session) => {
        const mostFlips = Number.MAX_SAFE_INTEGER;
        const payload = { project: session.project, runs: runs.map(parseId), mostFlips };
        session.print(await session.request('compare.runs', payload), renderComparison);
      }),
    );
  addExportCommands(program, withSession);
};
