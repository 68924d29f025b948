// The command line: thimble COMMAND …. Exit codes: 0 done, 1 failed, 2 asked wrongly, 130 interrupted by Ctrl+C.
import { Command, CommanderError } from 'commander';
import { serializeError } from '../contract/errors.ts';
import { presetNames, type PresetName } from '../contract/presets.ts';
import { collectSetting, parseNumber, type WithSession } from './commands/command.ts';
import { findSampleFolder } from '../run/sampleFolder.ts';
import { addDatasetCommands } from './commands/datasetCommands.ts';
import { addDeviceCommands } from './commands/deviceCommands.ts';
import { addProjectCommands } from './commands/projectCommands.ts';
import { addResultCommands } from './commands/resultCommands.ts';
import { addRunCommands } from './commands/runCommands.ts';
import { addServeCommand } from './commands/serveCommand.ts';
import { runDemo } from './demo.ts';
import { Session } from './session.ts';

const abort = new AbortController();
/** One press reaches this process twice, from the terminal and from the launcher, a moment apart. */
const samePressMs = 300;
let interruptedAtMs = 0;
/** The first Ctrl+C asks for a safe end; the second ends at once. */
process.on('SIGINT', () => {
  if (!abort.signal.aborted) interruptedAtMs = performance.now();
  else if (performance.now() - interruptedAtMs > samePressMs) process.exit(130);
  abort.abort();
});

const withSession: WithSession = async (command, action) => {
  const options = command.opts<{ json?: string | boolean; project?: string }>();
  // A file name (demo) is for the command; without one the whole output is for machines.
  const json = options.json === true;
  const session = new Session({ json, projectFolder: options.project, signal: abort.signal });
  try {
    await action(session);
  } catch (error) {
    session.progress.finish();
    reportError(error, json);
    process.exitCode = abort.signal.aborted ? 130 : 1;
  } finally {
    session.close();
  }
};

function reportError(error: unknown, json: boolean): void {
  const plain = serializeError(error);
  if (json) process.stdout.write(`${JSON.stringify({ error: plain }, null, 2)}\n`);
  else process.stderr.write(`${plain.message}\n(${plain.code})\n`);
  // Where a mistake of Thimble's own happened: what a report needs.
  if (!json && plain.code === 'internal' && 'stack' in plain.details) {
    process.stderr.write(`${String(plain.details['stack'])}\n`);
  }
}

interface DemoFlags {
  readonly minutes?: number;
  readonly preset?: PresetName;
  readonly imageSize?: number;
  readonly device?: string;
  readonly seed?: number;
  readonly json?: string | boolean;
  readonly set?: Record<string, unknown>;
  readonly project?: string;
}

function addDemo(program: Command): void {
  program
    .command('demo')
    .description('The main job in one command: import, pretrain, measure. Without a folder: the sample.')
    .argument('[path]', 'a folder of images or a CSV')
    .option('--minutes <minutes>', 'time for everything; default 30, or 7 for the sample', parseNumber)
    .option('--preset <name>', presetNames.join(', '))
    .option('--image-size <px>', "the model's input, a multiple of 16", parseNumber)
    .option('--seed <seed>', 'the number from which all randomness is drawn', parseNumber)
    .option('--device <id>', 'see thimble device list; default: auto, the fastest that was measured')
    .option('--set <field=value>', 'change a setting (docs/config.md); repeat for more', collectSetting)
    .option('--json <file>', 'also write the report there')
    .option('--project <folder>', 'the new project; default: a temporary folder')
    .addHelpText('after', '\nExample:\n  npm run demo -- ~/Pictures/flowers --minutes 30 --json report.json')
    .action((path: string | undefined, _flags: DemoFlags, command: Command) =>
      withSession(command, async (session) => {
        const { minutes, preset, imageSize, device, seed, json, set, project } = command.opts<DemoFlags>();
        const jsonFile = typeof json === 'string' ? json : undefined;
        await runDemo(session, {
          path,
          minutes,
          preset,
          imageSize,
          device,
          seed,
          settings: set,
          projectFolder: project,
          jsonFile,
        });
      }),
    );
}

interface BenchFlags {
  readonly size?: 'mid' | 'paper';
  readonly images?: string;
  readonly steps?: number;
  readonly threads?: number;
  readonly json?: string;
}

function addChecks(program: Command): void {
  program
    .command('parity')
    .description('Compare every executor with reference values of the official implementation.')
    .argument('<files...>', 'safetensors files of reference values')
    .action(async (files: string[]) => {
      const { runParity } = await import('./parity.ts');
      const { passed } = await runParity(files, { print: (line) => process.stdout.write(`${line}\n`) });
      if (!passed) process.exitCode = 1;
    });
  program
    .command('bench')
    .description('Time the training step and the whole loop on this machine.')
    .option('--size <name>', 'mid or paper; default both')
    .option('--images <folder>', 'images for the whole loop; default: the sample')
    .option('--steps <count>', 'timed steps of each configuration, at least 7', parseNumber)
    .option('--threads <count>', 'default: the physical cores', parseNumber)
    .option('--json <file>', 'also write the figures there')
    .action((flags: BenchFlags, command: Command) =>
      withSession(command, async () => {
        const { runBench } = await import('./bench.ts');
        await runBench({
          sizes: flags.size === undefined ? undefined : [flags.size],
          imagesFolder: flags.images ?? findSampleFolder(),
          steps: flags.steps,
          threads: flags.threads,
          jsonFile: flags.json,
        });
      }),
    );
}

/** Gives every command that does something the options that all of them share. */
function addCommonOptions(command: Command): void {
  command.commands.forEach(addCommonOptions);
  if (command.commands.length > 0) return;
  const has = (flag: string) => command.options.some(({ long }) => long === flag);
  if (!has('--project')) {
    command.option('--project <folder>', 'the project; default: THIMBLE_PROJECT, or the current folder');
  }
  if (!has('--json')) command.option('--json', 'one JSON value on standard output, for machines');
}

/** All commands; exported through their behaviour, not as a module. */
function buildProgram(): Command {
  const program = new Command('thimble')
    .description(
      'Pretrain a vision model on a few hundred of your own images, and learn honestly what it is worth.',
    )
    .showHelpAfterError('(--help shows what is possible)')
    .exitOverride();
  addDemo(program);
  addProjectCommands(program, withSession);
  addDatasetCommands(program, withSession);
  addRunCommands(program, withSession);
  addResultCommands(program, withSession);
  addDeviceCommands(program, withSession);
  addServeCommand(program, withSession);
  program.commands.forEach(addCommonOptions);
  addChecks(program);
  return program;
}

try {
  await buildProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
