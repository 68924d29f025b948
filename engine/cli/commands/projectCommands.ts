// thimble project …, thimble device …
import { formatBytes, formatPlural } from '../format.ts';
import type { ProjectInfo } from '../../contract/answers.ts';
import type { CacheInfo } from '../../contract/app.ts';
import type { AddCommands } from './command.ts';
import { renderRuns } from './runCommands.ts';

function renderProject(project: ProjectInfo): string {
  const lines = [`${project.name}  (${project.folder})${project.readOnly ? ', read-only' : ''}`];
  for (const dataset of project.datasets) {
    const images = formatPlural(dataset.imageCount, 'image');
    const classes = formatPlural(dataset.classCount, 'class', 'classes');
    lines.push(`  dataset ${dataset.id}: ${dataset.name}, ${images} in ${classes}`);
  }
  if (project.runs.length > 0) lines.push('', renderRuns(project.runs));
  return lines.join('\n');
}

function renderCache({ sizeBytes, limitBytes, fileCount }: CacheInfo): string {
  const size = `${formatBytes(sizeBytes)} of at most ${formatBytes(limitBytes)}`;
  return `Decoded pixels of ${formatPlural(fileCount, 'image')}: ${size}.`;
}

const addCacheCommands: AddCommands = (program, withSession) => {
  const cache = program
    .command('cache')
    .description('The decoded pixels that a project keeps, so that training need not decode again.');
  cache
    .command('show')
    .description('How large they are.')
    .action((_options, command) =>
      withSession(command, async (session) => {
        session.print(await session.request('cache.show', { project: session.project }), renderCache);
      }),
    );
  cache
    .command('clear')
    .description('Delete them; what is needed is decoded again.')
    .action((_options, command) =>
      withSession(command, async (session) => {
        session.print(await session.request('cache.clear', { project: session.project }), renderCache);
      }),
    );
};

export const addProjectCommands: AddCommands = (program, withSession) => {
  const project = program.command('project').description('Make and look at projects.');
  project
    .command('create')
    .description('Make a project in a new folder.')
    .argument('<folder>')
    .option('--name <name>', "what people call it; default: the folder's name")
    .action((folder: string, { name }: { name?: string }, command) =>
      withSession(command, async (session) => {
        session.print(await session.request('project.create', { folder, name }), renderProject);
      }),
    );
  project
    .command('show')
    .description('What a project holds.')
    .action((_options, command) =>
      withSession(command, async (session) => {
        session.print(await session.request('project.show', { project: session.project }), renderProject);
      }),
    );
  project
    .command('rename')
    .description('Call a project something else; its folder stays as it is.')
    .argument('<name>')
    .action((name: string, _options, command) =>
      withSession(command, async (session) => {
        const payload = { project: session.project, name };
        session.print(await session.request('project.rename', payload), renderProject);
      }),
    );
  addCacheCommands(program, withSession);
};
