// What every rung of a ladder shares: the labelled images, their classes, and one split.
import { EngineError } from '../../contract/errors.ts';
import type { ProbeSplits } from '../../probe/probeData.ts';
import { computeUnits, type ResamplingUnits } from '../../probe/bootstrap.ts';
import type { RunImage, RunImages } from '../runImages.ts';

export interface LadderData {
  readonly classes: readonly string[];
  /** Labelled images only; rows of everything below. */
  readonly images: readonly RunImage[];
  readonly labels: Int32Array;
  readonly splits: ProbeSplits;
  readonly testIds: readonly string[];
  readonly testLabels: Int32Array;
  readonly testUnits: ResamplingUnits;
}

/** Throws probe.impossible unless train, validation and test all have labelled images. */
export function prepareLadderData({ classes, images }: Pick<RunImages, 'classes' | 'images'>): LadderData {
  const labelled = images.filter((image) => image.label >= 0);
  const rowsOf = (part: RunImage['part']) =>
    Int32Array.from([...labelled.keys()].filter((row) => labelled[row]!.part === part));
  const splits = { train: rowsOf('train'), validation: rowsOf('validation'), test: rowsOf('test') };
  const empty = Object.entries(splits).find(([, rows]) => rows.length === 0);
  if (labelled.length === 0 || empty) {
    const why = labelled.length === 0 ? 'no image has a class' : `${empty![0]} has no labelled image`;
    throw new EngineError(
      'probe.impossible',
      `Accuracy cannot be measured: ${why}. Put images into class folders, or draw another split.`,
    );
  }
  const labels = Int32Array.from(labelled, (image) => image.label);
  return {
    classes,
    images: labelled,
    labels,
    splits,
    testIds: Array.from(splits.test, (row) => String(labelled[row]!.id)),
    testLabels: splits.test.map((row) => labels[row]!),
    testUnits: computeUnits(Array.from(splits.test, (row) => labelled[row]!.group)),
  };
}
