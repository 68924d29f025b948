// What each request answers, and what the engine says unasked. The requests themselves are in requests.ts.
import type {
  DatasetDetails,
  DatasetInfo,
  DeviceInfo,
  FlippedImage,
  NamedLeak,
  ProjectInfo,
  RunComparison,
  SplitInfo,
  SplitPlan,
  WrittenFile,
} from './answers.ts';
import type { AboutInfo, AppSettings, CacheInfo, FolderListing, HomeInfo } from './app.ts';
import type { AppliedModel, MeasuredCost } from './cost.ts';
import type { ScanProgress } from './dataset.ts';
import type { DuplicateSummary, ImagePage, ModelView, RenderedImage, SourceInspection } from './images.ts';
import type { Ladder, LadderRow } from './results.ts';
import type { MetricSeries, RunDetails, RunEvent, RunProgress, RunState, RunSummary } from './run.ts';

/** What each request answers. A request whose caller gives up rejects with `cancelled` unless its answer says so itself. */
export interface RequestResults {
  'home.show': HomeInfo;
  'home.forget': HomeInfo;
  'home.relink': HomeInfo;
  'settings.show': AppSettings;
  'settings.change': AppSettings;
  'about.show': AboutInfo;
  'folder.list': FolderListing;
  'project.create': ProjectInfo;
  'project.open': ProjectInfo;
  'project.show': ProjectInfo;
  'project.rename': ProjectInfo;
  'cache.show': CacheInfo;
  'cache.clear': CacheInfo;
  'source.inspect': SourceInspection;
  'dataset.import': DatasetDetails;
  'dataset.list': readonly DatasetInfo[];
  'dataset.show': DatasetDetails;
  'dataset.rename': DatasetInfo;
  'dataset.remove': readonly DatasetInfo[];
  'dataset.relink': {
    readonly dataset: DatasetInfo;
    readonly found: number;
    readonly missing: readonly string[];
  };
  'dataset.duplicates': DuplicateSummary;
  'image.list': ImagePage;
  'image.render': RenderedImage;
  'image.preview': readonly ModelView[];
  'split.create': { readonly split: SplitInfo; readonly leaks: readonly NamedLeak[] };
  'split.plan': SplitPlan;
  'split.list': readonly SplitInfo[];
  'split.leaks': readonly NamedLeak[];
  'run.measure': MeasuredCost;
  'run.forecast': MeasuredCost | null;
  'run.create': RunDetails;
  /** Trains a queued run, or waits for its turn; answers when it has ended, been paused or failed. */
  'run.start': RunDetails;
  /** The same for a paused, interrupted or failed run, from its newest checkpoint. */
  'run.resume': RunDetails;
  /** Puts a run into the queue, which the engine works through by itself; answers at once. */
  'run.enqueue': RunSummary;
  'run.pause': RunState;
  'run.stop': RunState;
  'run.list': readonly RunSummary[];
  'run.show': RunDetails;
  'run.metrics': readonly MetricSeries[];
  'run.annotate': RunSummary;
  'run.delete': RunSummary;
  'run.restore': RunSummary;
  'run.purge': readonly RunSummary[];
  'probe.run': Omit<LadderRow, 'predictions'>;
  'ladder.run': Ladder;
  'ladder.show': Ladder | null;
  'compare.runs': RunComparison;
  'compare.flips': readonly FlippedImage[];
  'run.apply': AppliedModel;
  'export.encoder': WrittenFile;
  'export.onnx': WrittenFile;
  'export.features': WrittenFile;
  'device.list': readonly DeviceInfo[];
  'device.measure': DeviceInfo;
}

/** How far a long request is; `share` 0 … 1, null where it cannot be known. */
export interface TaskProgress {
  readonly step: string;
  readonly share: number | null;
}

/** What the engine says: the first three while a request is under way, the others about any open project. */
export interface EngineEvents {
  'import.progress': ScanProgress;
  'ladder.progress': TaskProgress;
  'task.progress': TaskProgress;
  'run.progress': RunProgress;
  'run.event': RunEvent;
  /** A run's state, step or notes changed. */
  'run.changed': RunSummary;
  /** Datasets, splits or the list of runs changed. */
  'project.changed': { readonly what: 'datasets' | 'splits' | 'runs' | 'name' };
}
export type EngineEventName = keyof EngineEvents;
export type EmitEvent = <Name extends EngineEventName>(name: Name, event: EngineEvents[Name]) => void;
