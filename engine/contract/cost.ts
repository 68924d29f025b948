// What a run costs on this machine, from real steps on the real images; and what the model predicts on new ones.
// Plain data only; milliseconds and bytes.

/** Power drawn while training: the mean and its 95 % interval, watts. */
export interface RunPower {
  readonly watts: number;
  readonly leastWatts: number;
  readonly mostWatts: number;
  /** Which parts of the computer it is of, for a person. */
  readonly covers: string;
}

/** What a dry run measured for one configuration on one split. */
export interface RunCost {
  readonly executor: string;
  /** What a person calls the device. */
  readonly device: string;
  readonly measuredAtMs: number;
  /** A run trained on this machine meanwhile, so that everything took longer than it takes alone. */
  readonly besideTraining?: boolean;
  /** Mean of the measured steps, loading and augmentation included, and its 95 % interval (measure/meanInterval.ts). */
  readonly stepMs: number;
  readonly leastStepMs: number;
  readonly mostStepMs: number;
  readonly measuredSteps: number;
  readonly imagesPerSecond: number;
  /** Images of a step, and how many of them are computed at once: fewer where memory does not hold them all. */
  readonly batchSize: number;
  readonly imagesAtOnce: number;
  readonly buildMs: number;
  /** One look at the features. */
  readonly lookMs: number;
  /** Decoding the images for the first time. */
  readonly decodeMs: number;
  readonly checkpointMs: number;
  readonly checkpointSeconds: number;
  readonly stepsPerEpoch: number;
  /** Largest resident memory of the process that measured. */
  readonly peakMemoryBytes: number;
  /** Memory that the machine has. */
  readonly machineMemoryBytes: number;
  /** Two checkpoints and the decoded pixels of the images. */
  readonly diskBytes: number;
  readonly freeDiskBytes: number;
  /** Null where the system does not tell its power. */
  readonly power: RunPower | null;
}

/** How long a run will take: as configured, or with the epochs that fit into the minutes asked for. */
export interface RunForecast {
  readonly epochs: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** All of it; the range is that of the mean step's 95 % interval. */
  readonly totalMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
  /** From the least power for the least time to the most for the most; null where the power is not told. */
  readonly energy: { readonly kwh: number; readonly leastKwh: number; readonly mostKwh: number } | null;
}

export interface MeasuredCost {
  readonly cost: RunCost;
  readonly forecast: RunForecast;
  /** Why this device; null where it was not said. */
  readonly because: string | null;
}

/** What a trained model said about a folder of new images. */
export interface AppliedModel {
  readonly file: string;
  readonly featuresFile: string | null;
  readonly imageCount: number;
  readonly quarantinedCount: number;
  /** Images taken for each class. */
  readonly classes: readonly { readonly name: string; readonly images: number }[];
  /** The first 100 rows of the file. */
  readonly preview: readonly {
    readonly relativePath: string;
    readonly predicted: string;
    readonly score: number;
  }[];
  /** What a reader must know: how the probe was fitted, and how sure its scores are. */
  readonly notes: readonly string[];
}
