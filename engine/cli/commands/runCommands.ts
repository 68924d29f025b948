// thimble run …
import type { RunDetails, RunSummary } from '../../contract/run.ts';
import { formatBytes, formatCount, formatDuration, formatNumber, formatShare } from '../format.ts';
import type { Session } from '../session.ts';
import { escapeControl, renderTable } from '../table.ts';
import { addApplyCommand } from './applyCommand.ts';
import { parseId, type AddCommands } from './command.ts';
import { addMeasureCommand } from './measureCommands.ts';
import { addRunOptions, toRunSettings, type RunOptions } from './runOptions.ts';

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

/** What there is to know of a run before it starts: the device, and why; parts where memory is scarce. */
export function sayNotices(session: Session, { events }: RunDetails): void {
  for (const { kind, message } of events) if (kind === 'notice') session.say(escapeControl(message));
}

interface CreateOptions extends RunOptions {
  readonly name?: string;
  readonly queue?: boolean;
}

export const addRunCommands: AddCommands = (program, withSession) => {
  const run = program.command('run').description('Pretrain: start, pause, resume, look.');
  const start = run
    .command('start')
    .description('Pretrain on the training part of a split. Ctrl+C pauses safely.')
    .argument('<split>', 'its number', parseId)
    .option('--name <name>')
    .option('--queue', 'only put it into the queue')
    .addHelpText('after', '\nExample:\n  thimble run start 1 --minutes 30 --set augment.verticalFlip=0.5');
  addRunOptions(start).action((split: number, options: CreateOptions, command) =>
    withSession(command, async (session) => {
      const project = session.project;
      if (options.minutes !== undefined) session.say('Measuring a few real steps on this machine …');
      const asked = { project, split, name: options.name, ...toRunSettings(options) };
      const created = await session.request('run.create', asked);
      sayNotices(session, created);
      if (options.queue) return session.print(created, renderRun);
      session.print(await session.request('run.start', { project, run: created.id }), renderRun);
    }),
  );
  addMeasureCommand(run, withSession);
  addApplyCommand(run, withSession);
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
  byRun('purge', 'Remove a run that is in the trash, with its files, for good.').action(
    (id: number, _options, command) =>
      withSession(command, async (session) => {
        const left = await session.request('run.purge', { project: session.project, run: id });
        session.print(left, () => `Run ${id} is removed for good.`);
      }),
  );
};
