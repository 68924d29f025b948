// thimble run …
import { presetNames, type PresetName } from '../../contract/presets.ts';
import type { RunDetails, RunSummary } from '../../contract/run.ts';
import { formatBytes, formatCount, formatDuration, formatNumber, formatShare } from '../format.ts';
import { escapeControl, renderTable } from '../table.ts';
import { collectSetting, parseId, parseNumber, type AddCommands } from './command.ts';

function describeProgress({ step, totalSteps }: RunSummary): string {
  return totalSteps > 0 ? `${Math.floor((100 * step) / totalSteps)} %` : '–';
}

const orDash = (value: number | null, format: (value: number) => string) =>
  value === null ? '–' : format(value);

/** Runs as a table. */
export function renderRuns(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return 'No run yet.';
  return renderTable(
    [
      { title: 'run', align: 'right' },
      { title: 'name' },
      { title: 'state' },
      { title: 'done', align: 'right' },
      { title: 'time', align: 'right' },
      { title: 'loss', align: 'right' },
      { title: 'kNN', align: 'right' },
      { title: 'random', align: 'right' },
    ],
    runs.map((run) => [
      String(run.id),
      run.name,
      run.state,
      describeProgress(run),
      formatDuration(run.trainingMs),
      orDash(run.lastLoss, formatNumber),
      orDash(run.lastKnn, formatShare),
      orDash(run.randomKnn, formatShare),
    ]),
  );
}

/** One run with what happened to it. */
export function renderRun(run: RunDetails): string {
  const { model, optimizer } = run.config;
  const lines = [
    renderRuns([run]),
    '',
    `${model.tokenizer} ${model.imageSize} px, ${model.embedDim} features, ${model.depth} blocks; ` +
      `batch ${optimizer.batchSize}, ${formatNumber(optimizer.epochs)} epochs, ${formatCount(run.totalSteps)} steps; ` +
      `${run.protocol} protocol, seed ${run.seed}, ${run.device ?? run.executor}`,
    ...run.checkpoints.map(
      ({ step, sizeBytes }) => `checkpoint at step ${formatCount(step)}, ${formatBytes(sizeBytes)}`,
    ),
    ...run.events.map(
      ({ atMs, message }) => `${new Date(atMs).toISOString().slice(0, 19)}  ${escapeControl(message)}`,
    ),
  ];
  if (run.failure) lines.push(`Failed: ${escapeControl(run.failure.message)}`);
  return lines.join('\n');
}

interface CreateOptions {
  readonly preset?: PresetName;
  readonly minutes?: number;
  readonly seed?: number;
  readonly name?: string;
  readonly transductive?: boolean;
  readonly executor?: string;
  readonly set?: Record<string, unknown>;
  readonly queue?: boolean;
}

export const addRunCommands: AddCommands = (program, withSession) => {
  const run = program.command('run').description('Pretrain: start, pause, resume, look.');
  run
    .command('start')
    .description('Pretrain on the training part of a split. Ctrl+C pauses safely.')
    .argument('<split>', 'its number', parseId)
    .option('--preset <name>', presetNames.join(', '))
    .option('--minutes <minutes>', 'fit the schedule to this time, measured on this machine', parseNumber)
    .option('--seed <seed>', 'the number from which all randomness is drawn', parseNumber)
    .option('--name <name>')
    .option('--transductive', "the paper's protocol: pretraining also sees validation and test images")
    .option('--executor <id>', 'see thimble device list')
    .option('--set <field=value>', 'change a setting (docs/config.md); repeat for more', collectSetting)
    .option('--queue', 'only put it into the queue')
    .addHelpText('after', '\nExample:\n  thimble run start 1 --minutes 30 --set augment.verticalFlip=0.5')
    .action((split: number, options: CreateOptions, command) =>
      withSession(command, async (session) => {
        const project = session.project;
        if (options.minutes !== undefined) session.say('Measuring a few real steps on this machine …');
        const created = await session.request('run.create', {
          project,
          split,
          name: options.name,
          preset: options.preset,
          settings: options.set,
          seed: options.seed,
          protocol: options.transductive ? 'transductive' : undefined,
          executor: options.executor,
          minutes: options.minutes,
        });
        if (options.queue) return session.print(created, renderRun);
        session.print(await session.request('run.start', { project, run: created.id }), renderRun);
      }),
    );
  const byRun = (name: string, description: string) =>
    run.command(name).description(description).argument('<run>', 'its number', parseId);
  byRun('resume', 'Go on with a paused, interrupted or failed run.').action((id: number, _options, command) =>
    withSession(command, async (session) => {
      const details = await session.request('run.show', { project: session.project, run: id });
      const verb = details.state === 'queued' ? 'run.start' : 'run.resume';
      session.print(await session.request(verb, { project: session.project, run: id }), renderRun);
    }),
  );
  byRun('pause', 'Write a checkpoint and stop for now.').action((id: number, _options, command) =>
    withSession(command, async (session) => {
      const state = await session.request('run.pause', { project: session.project, run: id });
      session.print(state, () =>
        state === 'running' ? 'It pauses after the present step.' : `Run ${id} is ${state}.`,
      );
    }),
  );
  byRun('cancel', 'End a run for good, keeping what it has learned.').action(
    (id: number, _options, command) =>
      withSession(command, async (session) => {
        const state = await session.request('run.stop', { project: session.project, run: id });
        session.print(state, () =>
          state === 'running' ? 'It stops after the present step.' : `Run ${id} is ${state}.`,
        );
      }),
  );
  run
    .command('list')
    .option('--trash', 'those in the trash')
    .action(({ trash }: { trash?: boolean }, command) =>
      withSession(command, async (session) => {
        session.print(
          await session.request('run.list', { project: session.project, trashed: trash }),
          renderRuns,
        );
      }),
    );
  byRun('show', 'Everything about a run but its curves.').action((id: number, _options, command) =>
    withSession(command, async (session) => {
      session.print(await session.request('run.show', { project: session.project, run: id }), renderRun);
    }),
  );
  byRun('metrics', 'Its curves, the newest values (--json: all points).').action(
    (id: number, _options, command) =>
      withSession(command, async (session) => {
        session.print(await session.request('run.metrics', { project: session.project, run: id }), (series) =>
          renderTable(
            [{ title: 'metric' }, { title: 'points', align: 'right' }, { title: 'last', align: 'right' }],
            series.map(({ name, values }) => [
              name,
              formatCount(values.length),
              formatNumber(values.at(-1) ?? Number.NaN),
            ]),
          ),
        );
      }),
  );
  byRun('annotate', 'Change its name, notes or tags.')
    .option('--name <name>')
    .option('--notes <text>')
    .option('--tags <tags>', 'comma-separated', (text) => text.split(',').filter(Boolean))
    .action((id: number, change: { name?: string; notes?: string; tags?: string[] }, command) =>
      withSession(command, async (session) => {
        const { name, notes, tags } = change;
        const payload = { project: session.project, run: id, name, notes, tags };
        session.print(await session.request('run.annotate', payload), (run) => renderRuns([run]));
      }),
    );
  byRun('delete', 'Put a run into the trash.').action((id: number, _options, command) =>
    withSession(command, async (session) => {
      session.print(await session.request('run.delete', { project: session.project, run: id }), () => {
        return `Run ${id} is in the trash; thimble run restore ${id} brings it back.`;
      });
    }),
  );
  byRun('restore', 'Take a run out of the trash.').action((id: number, _options, command) =>
    withSession(command, async (session) => {
      const summary = await session.request('run.restore', { project: session.project, run: id });
      session.print(summary, (restored) => renderRuns([restored]));
    }),
  );
};
