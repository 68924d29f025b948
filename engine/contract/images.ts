// Images as the app shows them: pages of a dataset, pictures, and what the model sees of them. Plain data only.
import type { ImageFormat, ImageNote, IntensityWindow, SourceLayout, SplitName } from './dataset.ts';

export interface ImageRow {
  readonly id: number;
  readonly relativePath: string;
  readonly label: string | null;
  readonly group: string | null;
  /** Its part of the split that was asked for; null without one. */
  readonly part: SplitName | null;
  readonly width: number;
  readonly height: number;
  readonly format: ImageFormat;
  /** Bits of one stored value of one channel, and the stored channels (alpha included). */
  readonly bitDepth: number;
  readonly channels: number;
  readonly window: IntensityWindow;
  readonly sizeBytes: number;
  readonly notes: readonly ImageNote[];
}

export interface ImagePage {
  /** Images that match, on all pages. */
  readonly total: number;
  readonly offset: number;
  readonly images: readonly ImageRow[];
}

/** A picture as a file's bytes. */
export interface RenderedImage {
  readonly mime: 'image/png' | 'image/jpeg' | 'image/webp';
  readonly bytes: Uint8Array;
}

/** One image of a batch as the two encoders get it. */
export interface ModelView {
  readonly imageId: number;
  readonly label: string | null;
  readonly relativePath: string;
  /** The crop, in pixels of the upright image. */
  readonly crop: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  /** Mirrored left to right, and top to bottom. */
  readonly isMirrored: boolean;
  readonly isUpsideDown: boolean;
  /** Side of the model's input, pixels, and patches along it. */
  readonly side: number;
  readonly gridSide: number;
  /** PNG files of side × side pixels: the crop as it is, the context encoder's colours, the target encoder's. */
  readonly cropPng: Uint8Array;
  readonly contextPng: Uint8Array;
  readonly targetPng: Uint8Array;
  /** Row by row, 1 = the context encoder sees it, 0 = it is predicted. */
  readonly keepMask: readonly number[];
}

/** A folder or table before it is imported. */
export interface SourceInspection {
  readonly path: string;
  readonly kind: 'folder' | 'csv';
  /** Null for a table. */
  readonly layout: SourceLayout | null;
  /** Files by their names' endings that look like images; what they hold is only known after the import. */
  readonly imageFileCount: number;
  /** First class names by folders or table, at most 50, and how many there are. */
  readonly classes: readonly string[];
  readonly classCount: number;
  /** For a table: its columns with three values each, and what they will be taken for. */
  readonly columns: readonly { readonly name: string; readonly examples: readonly string[] }[];
  readonly chosen: TableColumns;
  readonly rowCount: number;
  readonly warnings: readonly string[];
}

/** Which column of a table is what; a missing one is found by its name, null means none. */
export interface TableColumns {
  readonly file?: string | null;
  readonly label?: string | null;
  readonly group?: string | null;
  readonly split?: string | null;
}

/** Look-alikes within a dataset, by image ids. */
export interface DuplicateSummary {
  readonly exactSets: readonly (readonly number[])[];
  readonly nearPairs: readonly {
    readonly first: number;
    readonly second: number;
    readonly correlation: number;
    readonly hashDistance: number;
  }[];
}
