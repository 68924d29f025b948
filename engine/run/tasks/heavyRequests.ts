// Which requests compute for long and so block the thread that they run in. An engine that must keep answering runs them in
// processes of their own.
import type { RequestName, RequestPayload } from '../../contract/requests.ts';
import type { HandlerCall } from '../handlers/handler.ts';
import { findStoredCost } from '../handlers/measureHandlers.ts';

export interface HeavyRequest<Name extends RequestName> {
  /** False where this one is answered from memory. */
  readonly isHeavy: (payload: RequestPayload<Name>, call: HandlerCall) => boolean | Promise<boolean>;
  /** What a person calls it, after "waits for". */
  readonly describe: (payload: RequestPayload<Name>) => string;
}

const always = () => true;
const measuring = 'the measurement of a run';
const exporting = ({ run }: { readonly run: number }) => `the export of run ${run}`;

export const heavyRequests: { readonly [Name in RequestName]?: HeavyRequest<Name> } = {
  'ladder.run': { isHeavy: always, describe: ({ run }) => `the ladder of run ${run}` },
  'probe.run': { isHeavy: always, describe: ({ run }) => `the probe of run ${run}` },
  'run.apply': { isHeavy: always, describe: ({ run }) => `the predictions of run ${run}` },
  'run.measure': {
    isHeavy: async ({ again, ...asked }, call) =>
      again === true || (await findStoredCost(asked, call)) === null,
    describe: () => measuring,
  },
  'run.create': {
    isHeavy: async ({ name: _name, tags: _tags, ...asked }, call) =>
      asked.minutes !== undefined && (await findStoredCost(asked, call)) === null,
    describe: () => measuring,
  },
  'export.encoder': { isHeavy: always, describe: exporting },
  'export.onnx': { isHeavy: always, describe: exporting },
  'export.features': { isHeavy: always, describe: exporting },
  'device.measure': { isHeavy: always, describe: () => 'the measurement of this machine' },
};
