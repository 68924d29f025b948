// Two or more runs side by side: the settings that differ, the numbers, and whether the differences are real.
import {
  flipPageSize,
  type ComparedRow,
  type FlipDirection,
  type FlippedImage,
  type RunComparison,
} from '../../contract/answers.ts';
import { configFields, readConfigField } from '../../contract/configFields.ts';
import type { ImagePrediction, LadderRow, PairedComparison } from '../../contract/results.ts';
import type { RunDetails } from '../../contract/run.ts';
import { computeUnits } from '../../probe/bootstrap.ts';
import { compareEachPaired } from '../../probe/comparison.ts';
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

type Shared = ReturnType<typeof alignPredictions>;

/** One later run beside the first, on the images that both scored. */
interface Confrontation {
  readonly later: RunDetails;
  readonly shared: Shared;
}

function confront(
  project: Project,
  runs: readonly RunDetails[],
  probes: readonly (ProbeRow | null)[],
): Confrontation[] {
  const [first] = probes;
  if (!first) return [];
  const firstPredictions = listPredictions(project.database, first.id);
  return probes.slice(1).flatMap((probe, index) => {
    if (!probe) return [];
    const shared = alignPredictions(firstPredictions, listPredictions(project.database, probe.id));
    return shared.a.length === 0 ? [] : [{ later: runs[index + 1]!, shared }];
  });
}

/** Compares each pair for itself; those on the same images, usually all of them, share the drawing of the images. */
function comparePairs(
  project: Project,
  first: RunDetails,
  confrontations: readonly Confrontation[],
): PairedComparison[] {
  const named = (run: RunDetails, predictions: readonly ImagePrediction[]) => ({
    name: `run ${run.id} (${run.name})`,
    predictions,
  });
  const keyOf = ({ shared }: Confrontation) => shared.a.map(({ imageId }) => imageId).join();
  const found = new Map<Confrontation, PairedComparison>();
  for (const [key, alike] of Map.groupBy(confrontations, keyOf)) {
    const images = listNamedImages(project.database, key.split(',').map(Number));
    const groups = new Map(images.map(({ id, group }) => [String(id), group]));
    const units = computeUnits(alike[0]!.shared.a.map(({ imageId }) => groups.get(imageId) ?? null));
    const pairs = alike.map(({ later, shared }) => [named(first, shared.a), named(later, shared.b)] as const);
    compareEachPaired(pairs, units, first.seed).forEach((comparison, index) => {
      found.set(alike[index]!, comparison);
    });
  }
  return confrontations.map((confrontation) => found.get(confrontation)!);
}

/** Where in the shared images the later run turned the first one's verdict that way. */
function findFlips({ a, b }: Shared, turned: FlipDirection): number[] {
  const isRight = ({ predicted, label }: ImagePrediction) => predicted === label;
  return a.flatMap((before, index) => {
    const [was, is] = [isRight(before), isRight(b[index]!)];
    return was !== is && is === (turned === 'wrongToRight') ? [index] : [];
  });
}

/** A stretch of the images that turned that way, by name and class. */
function listFlips(
  project: Project,
  { shared, later }: Confrontation,
  turned: FlipDirection,
  { offset = 0, limit = flipPageSize }: { readonly offset?: number; readonly limit?: number } = {},
): FlippedImage[] {
  const places = findFlips(shared, turned).slice(offset, offset + limit);
  const images = listNamedImages(
    project.database,
    places.map((place) => Number(shared.a[place]!.imageId)),
  );
  const paths = new Map(images.map(({ id, relativePath }) => [String(id), relativePath]));
  const classes = listClasses(project.database, later.datasetId);
  return places.map((place) => {
    const [a, b] = [shared.a[place]!, shared.b[place]!];
    return {
      image: Number(a.imageId),
      relativePath: paths.get(a.imageId) ?? '',
      label: classes[a.label] ?? '',
      first: classes[a.predicted] ?? '',
      later: classes[b.predicted] ?? '',
    };
  });
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

export const compareHandlers: HandlersOf<'compare.runs' | 'compare.flips'> = {
  'compare.runs': ({ project: folder, runs: ids, mostFlips: limit }, call): RunComparison => {
    const project = call.openProject(folder);
    const runs = ids.map((id) => readRun(project.database, id));
    const probes = chooseProbes(project, runs);
    const confrontations = confront(project, runs, probes);
    return {
      settings: findDifferingSettings(runs),
      runs: runs.map(
        ({ config: _config, versions: _versions, events: _events, checkpoints: _checkpoints, ...run }) => run,
      ),
      rows: probes.map((probe) => (probe === null ? null : describeRow(probe))),
      comparisons: comparePairs(project, runs[0]!, confrontations),
      flips: confrontations.map((confrontation) => ({
        run: confrontation.later.id,
        wrongToRight: listFlips(project, confrontation, 'wrongToRight', { limit }),
        rightToWrong: listFlips(project, confrontation, 'rightToWrong', { limit }),
      })),
      notes: listNotes(runs, probes),
    };
  },
  'compare.flips': ({ project: folder, first, later, turned, ...stretch }, call) => {
    const project = call.openProject(folder);
    const runs = [first, later].map((id) => readRun(project.database, id));
    const [confrontation] = confront(project, runs, chooseProbes(project, runs));
    return confrontation ? listFlips(project, confrontation, turned, stretch) : [];
  },
};
