// The options that say what a run shall be, shared by the commands that make one and that measure one.
import { Option, type Command } from 'commander';
import { presetNames, type PresetName } from '../../contract/presets.ts';
import type { RequestPayload } from '../../contract/requests.ts';
import { collectSetting, parseNumber } from './command.ts';

export interface RunOptions {
  readonly preset?: PresetName;
  readonly minutes?: number;
  readonly seed?: number;
  readonly transductive?: boolean;
  readonly device?: string;
  readonly executor?: string;
  readonly set?: Record<string, unknown>;
}

/** Adds them to a command. */
export function addRunOptions(command: Command): Command {
  return (
    command
      .option('--preset <name>', presetNames.join(', '))
      .option('--minutes <minutes>', 'fit the schedule to this time, measured on this machine', parseNumber)
      .option('--seed <seed>', 'the number from which all randomness is drawn', parseNumber)
      .option('--transductive', "the paper's protocol: pretraining also sees validation and test images")
      .option('--device <id>', 'see thimble device list; default: auto, the fastest that was measured')
      // The name that it had first.
      .addOption(new Option('--executor <id>').hideHelp())
      .option('--set <field=value>', 'change a setting (docs/config.md); repeat for more', collectSetting)
  );
}

/** As the engine takes them. */
export function toRunSettings(
  options: RunOptions,
): Omit<RequestPayload<'run.measure'>, 'project' | 'split' | 'again' | 'because' | 'mostAtOnce'> {
  return {
    preset: options.preset,
    settings: options.set,
    seed: options.seed,
    protocol: options.transductive ? 'transductive' : undefined,
    executor: options.device ?? options.executor,
    minutes: options.minutes,
  };
}
