// Everything a front door can ask of the engine, by name: the payload's schema, checked at the door, and the result's
// type. A project is named by its folder; runs, datasets and splits by their numbers in that project.
import * as v from 'valibot';
import type { RunConfig } from './config.ts';
import type { Leak, ScanProgress, SetAsideFile, SplitName } from './dataset.ts';
import { EngineError } from './errors.ts';
import { presetNames } from './presets.ts';
import type { Ladder, LadderRow, PairedComparison, ProbeKind } from './results.ts';
import type { MetricSeries, RunDetails, RunEvent, RunProgress, RunState, RunSummary } from './run.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const seed = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295));
const minutes = v.pipe(v.number(), v.minValue(0.05), v.maxValue(60 * 24 * 30));
const share = v.pipe(v.number(), v.minValue(0), v.finite());
const protocol = v.picklist(['clean', 'transductive']);
const encoder = v.picklist(['target', 'context']);
const probeKind = v.picklist(['ridge', 'logistic', 'knn', 'simple', 'multihead', 'cross']);
const ofProject = { project: text };
const ofRun = { ...ofProject, run: id };

/** The payload of each request. */
export const requestSchemas = {
  'project.create': v.strictObject({ folder: text, name: v.optional(text) }),
  'project.show': v.strictObject(ofProject),
  'dataset.import': v.strictObject({ ...ofProject, path: text, name: v.optional(text) }),
  'dataset.list': v.strictObject(ofProject),
  'dataset.show': v.strictObject({ ...ofProject, dataset: id }),
  'dataset.relink': v.strictObject({ ...ofProject, dataset: id, folder: text }),
  'split.create': v.strictObject({
    ...ofProject,
    dataset: id,
    name: v.optional(text),
    seed: v.optional(seed),
    ratios: v.optional(v.strictObject({ train: share, validation: share, test: share })),
    keepGiven: v.optional(v.boolean()),
    keepTogether: v.optional(v.picklist(['none', 'exact', 'near'])),
  }),
  'split.list': v.strictObject({ ...ofProject, dataset: id }),
  'split.leaks': v.strictObject({ ...ofProject, split: id }),
  'run.create': v.strictObject({
    ...ofProject,
    split: id,
    name: v.optional(text),
    preset: v.optional(v.picklist(presetNames)),
    /** Settings by dotted path, over the preset's. */
    settings: v.optional(v.record(v.string(), v.unknown())),
    seed: v.optional(seed),
    protocol: v.optional(protocol),
    executor: v.optional(text),
    minutes: v.optional(minutes),
  }),
  'run.start': v.strictObject(ofRun),
  'run.resume': v.strictObject(ofRun),
  'run.pause': v.strictObject(ofRun),
  'run.stop': v.strictObject(ofRun),
  'run.list': v.strictObject({ ...ofProject, trashed: v.optional(v.boolean()) }),
  'run.show': v.strictObject(ofRun),
  'run.metrics': v.strictObject({
    ...ofRun,
    maxPoints: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2))),
  }),
  'run.annotate': v.strictObject({
    ...ofRun,
    name: v.optional(text),
    notes: v.optional(v.string()),
    tags: v.optional(v.array(text)),
  }),
  'run.delete': v.strictObject(ofRun),
  'run.restore': v.strictObject(ofRun),
  'probe.run': v.strictObject({ ...ofRun, probe: v.optional(probeKind), encoder: v.optional(encoder) }),
  'ladder.run': v.strictObject({
    ...ofRun,
    encoder: v.optional(encoder),
    probes: v.optional(v.pipe(v.array(probeKind), v.minLength(1))),
    /** Time for supervised training, learning-rate search included; 0 leaves that row out. */
    supervisedMinutes: v.optional(v.pipe(v.number(), v.minValue(0))),
  }),
  'ladder.show': v.strictObject(ofRun),
  'compare.runs': v.strictObject({ ...ofProject, runs: v.pipe(v.array(id), v.minLength(2)) }),
  'export.encoder': v.strictObject({ ...ofRun, file: text, encoder: v.optional(encoder) }),
  'export.onnx': v.strictObject({
    ...ofRun,
    file: text,
    encoder: v.optional(encoder),
    batchSize: v.optional(id),
  }),
  'export.features': v.strictObject({ ...ofRun, file: text, encoder: v.optional(encoder) }),
  'device.list': v.strictObject({}),
} as const;

export type RequestName = keyof typeof requestSchemas;
export type RequestPayload<Name extends RequestName> = v.InferInput<(typeof requestSchemas)[Name]>;
export const requestNames = Object.keys(requestSchemas) as readonly RequestName[];

export interface ProjectInfo {
  readonly folder: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly datasets: readonly DatasetInfo[];
  readonly runs: readonly RunSummary[];
}

export interface DatasetInfo {
  readonly id: number;
  readonly name: string;
  readonly rootFolder: string;
  readonly csvPath: string | null;
  readonly layout: string;
  readonly warnings: readonly string[];
  readonly createdAtMs: number;
  readonly imageCount: number;
  readonly labelledCount: number;
  readonly classCount: number;
  readonly quarantinedCount: number;
  readonly ignoredCount: number;
}

export interface DatasetDetails extends DatasetInfo {
  readonly classes: readonly { readonly name: string; readonly images: number }[];
  readonly quarantined: readonly SetAsideFile[];
  readonly ignored: readonly SetAsideFile[];
  readonly splits: readonly SplitInfo[];
}

export interface SplitInfo {
  readonly id: number;
  readonly datasetId: number;
  readonly name: string;
  readonly seed: number;
  readonly method: string;
  readonly counts: Readonly<Record<SplitName, number>>;
  readonly groupCount: number;
  readonly sharedGroupCount: number;
  readonly missingClasses: Readonly<Record<SplitName, readonly string[]>>;
  readonly warnings: readonly string[];
}

/** An image in one part of a split with a look-alike in another, by its path. */
export interface NamedLeak extends Omit<Leak, 'image' | 'twin'> {
  readonly image: string;
  readonly twin: string;
}

export interface RunComparison {
  /** Settings that differ: dotted path → value of each run, in the order asked. */
  readonly settings: Readonly<Record<string, readonly unknown[]>>;
  readonly runs: readonly RunSummary[];
  /** Each run's pretrained row of its newest ladder; null where it has none. */
  readonly rows: readonly (Omit<LadderRow, 'predictions'> | null)[];
  /** Every later run against the first, on the test images that they share. */
  readonly comparisons: readonly PairedComparison[];
  readonly notes: readonly string[];
}

export interface DeviceInfo {
  readonly id: string;
  readonly label: string;
  readonly available: boolean;
  readonly reason: string | null;
}

export interface WrittenFile {
  readonly file: string;
  readonly sizeBytes: number;
}

/** What each request answers. */
export interface RequestResults {
  'project.create': ProjectInfo;
  'project.show': ProjectInfo;
  'dataset.import': DatasetDetails;
  'dataset.list': readonly DatasetInfo[];
  'dataset.show': DatasetDetails;
  'dataset.relink': {
    readonly dataset: DatasetInfo;
    readonly found: number;
    readonly missing: readonly string[];
  };
  'split.create': { readonly split: SplitInfo; readonly leaks: readonly NamedLeak[] };
  'split.list': readonly SplitInfo[];
  'split.leaks': readonly NamedLeak[];
  'run.create': RunDetails;
  /** Trains a queued run, or waits for its turn; answers when it has ended, been paused or failed. */
  'run.start': RunDetails;
  /** The same for a paused, interrupted or failed run, from its newest checkpoint. */
  'run.resume': RunDetails;
  'run.pause': RunState;
  'run.stop': RunState;
  'run.list': readonly RunSummary[];
  'run.show': RunDetails;
  'run.metrics': readonly MetricSeries[];
  'run.annotate': RunSummary;
  'run.delete': RunSummary;
  'run.restore': RunSummary;
  'probe.run': Omit<LadderRow, 'predictions'>;
  'ladder.run': Ladder;
  'ladder.show': Ladder | null;
  'compare.runs': RunComparison;
  'export.encoder': WrittenFile;
  'export.onnx': WrittenFile;
  'export.features': WrittenFile;
  'device.list': readonly DeviceInfo[];
}

/** What the engine says while a request is under way. */
export interface EngineEvents {
  'import.progress': ScanProgress;
  'run.progress': RunProgress;
  'run.event': RunEvent;
  'ladder.progress': { readonly step: string; readonly share: number | null };
}
export type EngineEventName = keyof EngineEvents;
export type EmitEvent = <Name extends EngineEventName>(name: Name, event: EngineEvents[Name]) => void;

/** Probes that stand on frozen features. */
export type FrozenProbeKind = Exclude<ProbeKind, 'supervised'>;

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
}

/** Checks a payload at the door. Throws request.invalid with every problem by its path. */
export function parseRequest<Name extends RequestName>(name: Name, payload: unknown): RequestPayload<Name> {
  const schema = Object.hasOwn(requestSchemas, name) ? requestSchemas[name] : undefined;
  if (schema === undefined)
    throw new EngineError('request.invalid', `there is no request ${JSON.stringify(name)}`);
  const result = v.safeParse(schema, payload);
  if (result.success) return result.output as RequestPayload<Name>;
  const problems = result.issues.map(describeIssue);
  throw new EngineError('request.invalid', `${name}: ${problems.join('; ')}`, {
    details: { request: name, problems },
  });
}

/** Puts a value at a dotted path into a copy of a configuration. Throws config.invalid for a path that is not there. */
export function withSetting(config: RunConfig, path: string, value: unknown): RunConfig {
  const copy = structuredClone(config) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce<Record<string, unknown> | undefined>((node, key) => {
    const child = node !== undefined && Object.hasOwn(node, key) ? node[key] : undefined;
    return typeof child === 'object' && child !== null ? (child as Record<string, unknown>) : undefined;
  }, copy);
  if (parent === undefined || !Object.hasOwn(parent, last)) {
    throw new EngineError('config.invalid', `there is no setting ${path}; docs/config.md lists them`);
  }
  parent[last] = value;
  return copy as unknown as RunConfig;
}
