// Which requests compute for long and so block the thread that they run in. An engine that must keep answering runs them in
// processes of their own.
import type { RequestName, RequestPayload } from '../../contract/requests.ts';
import { readDataset } from '../../project/queries/datasets.ts';
import { countMostScored } from '../../project/queries/probes.ts';
import type { HandlerCall } from '../handlers/handler.ts';
import { findStoredCost } from '../handlers/measureHandlers.ts';

/**
 * Requests of one lane wait for each other. `long`: minutes of all cores. `short`: seconds of one core, that a person waits
 * for on a screen and that must not wait for a ladder.
 */
export type Lane = 'long' | 'short';

export interface HeavyRequest<Name extends RequestName> {
  readonly lane: Lane;
  /** It may take more memory than there is, and is then tried with less at once. */
  readonly isDryRun?: true;
  /** False where this one is answered from memory. */
  readonly isHeavy: (payload: RequestPayload<Name>, call: HandlerCall) => boolean | Promise<boolean>;
  /** What a person calls it, after "waits for". */
  readonly describe: (payload: RequestPayload<Name>) => string;
}

const always = () => true;
const measuring = 'the measurement of a run';
const exporting = ({ run }: { readonly run: number }) => `the export of run ${run}`;

/** More images than this are not divided on a thread that others wait for. */
const mostImagesToDivide = 5_000;
/** Predictions that are resampled, all comparisons together, in about a tenth of a second. */
const mostPredictionsToCompare = 400;

function isDivisionHeavy(
  { project, dataset }: { readonly project: string; readonly dataset: number },
  call: HandlerCall,
): boolean {
  return readDataset(call.openProject(project).database, dataset).imageCount > mostImagesToDivide;
}

export const heavyRequests: { readonly [Name in RequestName]?: HeavyRequest<Name> } = {
  'ladder.run': { lane: 'long', isHeavy: always, describe: ({ run }) => `the ladder of run ${run}` },
  'probe.run': { lane: 'long', isHeavy: always, describe: ({ run }) => `the probe of run ${run}` },
  'run.apply': { lane: 'long', isHeavy: always, describe: ({ run }) => `the predictions of run ${run}` },
  'run.measure': {
    lane: 'long',
    isDryRun: true,
    isHeavy: ({ again, ...asked }, call) => again === true || findStoredCost(asked, call) === null,
    describe: () => measuring,
  },
  'run.create': {
    lane: 'long',
    isDryRun: true,
    isHeavy: ({ name: _name, tags: _tags, ...asked }, call) =>
      asked.minutes !== undefined && findStoredCost(asked, call) === null,
    describe: () => measuring,
  },
  'export.encoder': { lane: 'long', isHeavy: always, describe: exporting },
  'export.onnx': { lane: 'long', isHeavy: always, describe: exporting },
  'export.features': { lane: 'long', isHeavy: always, describe: exporting },
  'split.plan': { lane: 'short', isHeavy: isDivisionHeavy, describe: () => 'a division of images' },
  'split.create': { lane: 'short', isHeavy: isDivisionHeavy, describe: () => 'a division of images' },
  'compare.runs': {
    lane: 'short',
    isHeavy: ({ project, runs }, call) => {
      const most = countMostScored(call.openProject(project).database, runs);
      return most * (runs.length - 1) > mostPredictionsToCompare;
    },
    describe: () => 'a comparison of runs',
  },
};
