// Everything a front door can ask of the engine, by name, with the schema that its payload is checked against at the door.
// A project is named by its folder; datasets, splits, runs and images by their numbers in that project.
import * as v from 'valibot';
import { flipDirections } from './answers.ts';
import { themes } from './app.ts';
import { precisions } from './config.ts';
import { splitNames } from './dataset.ts';
import { EngineError } from './errors.ts';
import { presetNames } from './presets.ts';
import { metricNames } from './run.ts';

const text = v.pipe(v.string(), v.nonEmpty(), v.maxLength(4096));
const longText = v.pipe(v.string(), v.maxLength(100_000));
const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const seed = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295));
const minutes = v.pipe(v.number(), v.minValue(0.05), v.maxValue(60 * 24 * 30));
const share = v.pipe(v.number(), v.minValue(0), v.finite());
const bytes = v.pipe(v.number(), v.integer(), v.minValue(1e6), v.maxValue(1e15));
const protocol = v.picklist(['clean', 'transductive']);
const encoder = v.picklist(['target', 'context']);
const probeKind = v.picklist(['ridge', 'logistic', 'knn', 'simple', 'multihead', 'cross']);
const part = v.picklist(splitNames);
const column = v.optional(v.nullable(text));

const ofProject = { project: text };
const ofDataset = { ...ofProject, dataset: id };
const ofRun = { ...ofProject, run: id };
/** Files that a person allowed to be replaced; any other that is there already is left alone. */
const mayReplace = v.optional(v.pipe(v.array(text), v.maxLength(2)));

/** How a split is drawn. */
const splitSettings = {
  ...ofDataset,
  seed: v.optional(seed),
  ratios: v.optional(v.strictObject({ train: share, validation: share, test: share })),
  keepGiven: v.optional(v.boolean()),
  keepTogether: v.optional(v.picklist(['none', 'exact', 'near'])),
};

/** What determines a run besides its name. */
const runSettings = {
  ...ofProject,
  split: id,
  preset: v.optional(v.picklist(presetNames)),
  /** Settings by dotted path, over the preset's. */
  settings: v.optional(v.record(v.string(), v.unknown())),
  seed: v.optional(seed),
  protocol: v.optional(protocol),
  /** `auto`, the default, is the fastest measured device. */
  executor: v.optional(text),
  /** Why that executor was chosen, noted with the run. The engine fills it in where it chooses. */
  because: v.optional(text),
  /** Images computed at once, at most; the engine lowers it where a dry run was ended for want of memory. */
  mostAtOnce: v.optional(id),
  /** Fits the number of epochs to this time. */
  minutes: v.optional(minutes),
};

/** The payload of each request. */
export const requestSchemas = {
  'home.show': v.strictObject({}),
  'home.forget': v.strictObject({ folder: text }),
  'home.relink': v.strictObject({ folder: text, newFolder: text }),
  'settings.show': v.strictObject({}),
  'settings.change': v.strictObject({
    theme: v.optional(v.picklist(themes)),
    projectsFolder: v.optional(text),
    executor: v.optional(text),
    cacheBytes: v.optional(bytes),
  }),
  'about.show': v.strictObject({}),
  'folder.list': v.strictObject({ path: v.optional(text) }),

  'project.create': v.strictObject({ folder: text, name: v.optional(text) }),
  /** As project.show, and remembers it among the recent projects. */
  'project.open': v.strictObject(ofProject),
  'project.show': v.strictObject(ofProject),
  'project.rename': v.strictObject({ ...ofProject, name: text }),
  'cache.show': v.strictObject(ofProject),
  'cache.clear': v.strictObject(ofProject),

  'source.inspect': v.strictObject({ path: text }),
  'dataset.import': v.strictObject({
    ...ofProject,
    path: text,
    name: v.optional(text),
    columns: v.optional(v.strictObject({ file: column, label: column, group: column, split: column })),
  }),
  'dataset.list': v.strictObject(ofProject),
  'dataset.show': v.strictObject(ofDataset),
  'dataset.rename': v.strictObject({ ...ofDataset, name: text }),
  /** Only one that no run has used; its images stay where they are. */
  'dataset.remove': v.strictObject(ofDataset),
  'dataset.relink': v.strictObject({ ...ofDataset, folder: text }),
  'dataset.duplicates': v.strictObject(ofDataset),
  'image.list': v.strictObject({
    ...ofDataset,
    /** Whose parts the rows tell, and `parts` filters by. */
    split: v.optional(id),
    classes: v.optional(v.array(v.nullable(v.string()))),
    parts: v.optional(v.array(part)),
    /** Anywhere in the relative path, without regard to case. */
    search: v.optional(v.pipe(v.string(), v.maxLength(200))),
    /** Only these images. */
    ids: v.optional(v.pipe(v.array(id), v.maxLength(2000))),
    /** Only images with a note, e.g. a wrong extension. */
    noted: v.optional(v.boolean()),
    offset: v.optional(count),
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(500))),
  }),
  'image.render': v.strictObject({
    ...ofProject,
    image: id,
    /** Longest side, pixels; smaller images are not enlarged. */
    size: v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(4096)),
  }),
  'image.preview': v.strictObject({
    ...runSettings,
    count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(24))),
    /** Which images of the split; without them the engine chooses `count` that a run would train on. */
    images: v.optional(v.pipe(v.array(id), v.minLength(1), v.maxLength(24))),
    /** Another number draws other crops, colours and masks. */
    draw: v.optional(count),
  }),

  'split.create': v.strictObject({ ...splitSettings, name: v.optional(text) }),
  /** What split.create would make, without making it. */
  'split.plan': v.strictObject(splitSettings),
  'split.list': v.strictObject(ofDataset),
  'split.leaks': v.strictObject({ ...ofProject, split: id }),

  /** A dry run: real steps on the real images. Answers from memory where the same was measured before. */
  'run.measure': v.strictObject({ ...runSettings, again: v.optional(v.boolean()) }),
  /** Arithmetic on what run.measure measured; null where it has not been measured yet. */
  'run.forecast': v.strictObject(runSettings),
  'run.create': v.strictObject({ ...runSettings, name: v.optional(text), tags: v.optional(v.array(text)) }),
  'run.start': v.strictObject(ofRun),
  'run.resume': v.strictObject(ofRun),
  'run.enqueue': v.strictObject(ofRun),
  'run.pause': v.strictObject(ofRun),
  'run.stop': v.strictObject(ofRun),
  'run.list': v.strictObject({ ...ofProject, trashed: v.optional(v.boolean()) }),
  'run.show': v.strictObject(ofRun),
  'run.metrics': v.strictObject({
    ...ofRun,
    names: v.optional(v.array(v.picklist(metricNames))),
    /** Only points of this step and later. */
    fromStep: v.optional(count),
    maxPoints: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2))),
  }),
  'run.annotate': v.strictObject({
    ...ofRun,
    name: v.optional(text),
    notes: v.optional(longText),
    tags: v.optional(v.array(text)),
  }),
  'run.delete': v.strictObject(ofRun),
  'run.restore': v.strictObject(ofRun),
  /** Removes a run that is in the trash, with its files, for good. */
  'run.purge': v.strictObject(ofRun),

  'probe.run': v.strictObject({ ...ofRun, probe: v.optional(probeKind), encoder: v.optional(encoder) }),
  'ladder.run': v.strictObject({
    ...ofRun,
    encoder: v.optional(encoder),
    probes: v.optional(v.pipe(v.array(probeKind), v.minLength(1))),
    /** Time for supervised training, learning-rate search included; 0 leaves that row out. */
    supervisedMinutes: v.optional(v.pipe(v.number(), v.minValue(0))),
  }),
  'ladder.show': v.strictObject(ofRun),
  'compare.runs': v.strictObject({
    ...ofProject,
    runs: v.pipe(v.array(id), v.minLength(2)),
    /** Images that come with each comparison, each way; default `flipPageSize`. */
    mostFlips: v.optional(count),
  }),
  /** Images that the later run and the first disagree on, a stretch of them. */
  'compare.flips': v.strictObject({
    ...ofProject,
    first: id,
    later: id,
    turned: v.picklist(flipDirections),
    offset: v.optional(count),
    limit: v.optional(v.pipe(count, v.maxValue(500))),
  }),
  /** Predicts the classes of new images with a linear probe on the run's features. */
  'run.apply': v.strictObject({
    ...ofRun,
    /** Folder or table of images. */
    path: text,
    /** CSV to write: one row an image. */
    file: text,
    /** CSV of features to write as well. */
    featuresFile: v.optional(text),
    mayReplace,
    encoder: v.optional(encoder),
  }),
  'export.encoder': v.strictObject({ ...ofRun, file: text, mayReplace, encoder: v.optional(encoder) }),
  'export.onnx': v.strictObject({
    ...ofRun,
    file: text,
    mayReplace,
    encoder: v.optional(encoder),
    batchSize: v.optional(id),
  }),
  'export.features': v.strictObject({ ...ofRun, file: text, mayReplace, encoder: v.optional(encoder) }),

  /** Asks every device once a session; again with `refresh`. */
  'device.list': v.strictObject({ refresh: v.optional(v.boolean()) }),
  /** Times training steps of a preset (default: quick) on an executor, and remembers the rate. */
  'device.measure': v.strictObject({
    executor: text,
    preset: v.optional(v.picklist(presetNames)),
    precision: v.optional(v.picklist(precisions)),
  }),
} as const;

export type RequestName = keyof typeof requestSchemas;
export type RequestPayload<Name extends RequestName> = v.InferInput<(typeof requestSchemas)[Name]>;
export const requestNames = Object.keys(requestSchemas) as readonly RequestName[];

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
