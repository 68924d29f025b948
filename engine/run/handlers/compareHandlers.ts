// Two or more runs side by side: the settings that differ, the numbers, and whether the differences are real.
import type { ComparedRow, FlippedImage, FlippedImages, RunComparison } from '../../contract/answers.ts';
import { configFields, readConfigField } from '../../contract/configFields.ts';
import type { ImagePrediction, LadderRow, PairedComparison } from '../../contract/results.ts';
import type { RunDetails } from '../../contract/run.ts';
import { computeUnits } from '../../probe/bootstrap.ts';
import { comparePaired } from '../../probe/comparison.ts';
import type { Project } from '../../project/project.ts';
import { listClasses } from '../../project/queries/datasets.ts';
import { listNamedImages } from '../../project/queries/imageTraits.ts';
import { listPredictions, listProbes, type ProbeRow } from '../../project/queries/probes.ts';
import { readRun } from '../../project/queries/runs.ts';
import type { HandlersOf } from './handler.ts';

function findDifferingSettings(runs: readonly RunDetails[]): Record<string, readonly unknown[]> {
  const columns = Object.keys(configFields).map((path) => {
    return [path, runs.map(({ config }) => readConfigField(config, path))] as const;
  });
  return Object.fromEntries(
    columns.filter(([, values]) => new Set(values.map((value) => JSON.stringify(value))).size > 1),
  );
}

/** The newest probe of pretrained features of each run; of the first run's kind of probe where there is a choice. */
function chooseProbes(project: Project, runs: readonly RunDetails[]): (ProbeRow | null)[] {
  let wanted: LadderRow['probe'] | undefined;
  return runs.map((run) => {
    const probes = listProbes(project.database, run.id).filter(
      ({ numbers }) => numbers.kind === 'pretrained',
    );
    // Newest first; within a ladder the first probe, which carries its verdict, has the lowest number.
    const newestLadder = probes.find(({ ladderId }) => ladderId !== null)?.ladderId;
    const ofLadder = probes.filter(({ ladderId }) => ladderId === newestLadder).reverse();
    const chosen = [...ofLadder, ...probes].find(
      ({ numbers }) => wanted === undefined || numbers.probe === wanted,
    );
    wanted ??= chosen?.numbers.probe;
    return chosen ?? null;
  });
}

/** Predictions of two probes on the images that both scored, in one order. */
function alignPredictions(a: readonly ImagePrediction[], b: readonly ImagePrediction[]) {
  const ofB = new Map(b.map((prediction) => [prediction.imageId, prediction]));
  const shared = a.filter(({ imageId, label }) => ofB.get(imageId)?.label === label);
  return { a: shared, b: shared.map(({ imageId }) => ofB.get(imageId)!) };
}

/** One later run against the first: whether it differs, and on which images. */
interface Confrontation {
  readonly comparison: PairedComparison;
  readonly flips: FlippedImages;
}

function compareWithFirst(
  project: Project,
  runs: readonly RunDetails[],
  probes: readonly (ProbeRow | null)[],
): Confrontation[] {
  const [first] = probes;
  if (!first) return [];
  const { datasetId } = runs[0]!;
  const firstPredictions = listPredictions(project.database, first.id);
  const scored = listNamedImages(
    project.database,
    firstPredictions.map(({ imageId }) => Number(imageId)),
  );
  const images = new Map(scored.map((image) => [String(image.id), image]));
  const classes = listClasses(project.database, datasetId);
  return probes.slice(1).flatMap((probe, index) => {
    if (!probe) return [];
    const shared = alignPredictions(firstPredictions, listPredictions(project.database, probe.id));
    if (shared.a.length === 0) return [];
    const units = computeUnits(shared.a.map(({ imageId }) => images.get(imageId)?.group ?? null));
    const named = (run: RunDetails, predictions: readonly ImagePrediction[]) => ({
      name: `run ${run.id} (${run.name})`,
      predictions,
    });
    const later = runs[index + 1]!;
    const pair = [named(runs[0]!, shared.a), named(later, shared.b)] as const;
    const describe = (a: ImagePrediction, b: ImagePrediction): FlippedImage => ({
      image: Number(a.imageId),
      relativePath: images.get(a.imageId)?.relativePath ?? '',
      label: classes[a.label] ?? '',
      first: classes[a.predicted] ?? '',
      later: classes[b.predicted] ?? '',
    });
    const [comparison] = comparePaired([pair], units, runs[0]!.seed);
    return [{ comparison: comparison!, flips: { run: later.id, ...findFlips(shared, describe) } }];
  });
}

/** Images that one of two runs recognised and the other did not. */
function findFlips(
  shared: ReturnType<typeof alignPredictions>,
  describe: (a: ImagePrediction, b: ImagePrediction) => FlippedImage,
): Pick<FlippedImages, 'wrongToRight' | 'rightToWrong'> {
  const wrongToRight: FlippedImage[] = [];
  const rightToWrong: FlippedImage[] = [];
  shared.a.forEach((a, index) => {
    const b = shared.b[index]!;
    const [wasRight, isRight] = [a.predicted === a.label, b.predicted === b.label];
    if (!wasRight && isRight) wrongToRight.push(describe(a, b));
    if (wasRight && !isRight) rightToWrong.push(describe(a, b));
  });
  return { wrongToRight, rightToWrong };
}

function listNotes(runs: readonly RunDetails[], probes: readonly (ProbeRow | null)[]): string[] {
  const notes = runs.flatMap((run, index) =>
    probes[index] ? [] : [`Run ${run.id} (${run.name}) has not been scored yet.`],
  );
  const differ = (of: (run: RunDetails) => unknown) => new Set(runs.map(of)).size > 1;
  if (differ((run) => run.splitId))
    notes.push('The runs have different splits: only images that both tested are compared.');
  if (differ((run) => run.protocol))
    notes.push('The runs follow different protocols; their numbers do not mean the same.');
  return notes;
}

function describeRow({ numbers }: ProbeRow): ComparedRow {
  const { confusion: _confusion, perClass: _perClass, ...row } = numbers;
  return row;
}

export const compareHandlers: HandlersOf<'compare.runs'> = {
  'compare.runs': ({ project: folder, runs: ids }, call): RunComparison => {
    const project = call.openProject(folder);
    const runs = ids.map((id) => readRun(project.database, id));
    const probes = chooseProbes(project, runs);
    const confrontations = compareWithFirst(project, runs, probes);
    return {
      settings: findDifferingSettings(runs),
      runs: runs.map(
        ({ config: _config, versions: _versions, events: _events, checkpoints: _checkpoints, ...run }) => run,
      ),
      rows: probes.map((probe) => (probe === null ? null : describeRow(probe))),
      comparisons: confrontations.map(({ comparison }) => comparison),
      flips: confrontations.map(({ flips }) => flips),
      notes: listNotes(runs, probes),
    };
  },
};
