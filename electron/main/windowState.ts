// Where the window was, kept between starts, and made to fit the screens that are there now.
import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';

const side = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));
const stateSchema = v.object({
  x: v.optional(side),
  y: v.optional(side),
  width: side,
  height: side,
  isMaximized: v.boolean(),
});
export type WindowState = v.InferOutput<typeof stateSchema>;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const smallestWindow = { width: 1024, height: 700 } as const;
const firstWindow: WindowState = { width: 1280, height: 840, isMaximized: false };
/** As much of the title bar as a person can still take hold of, pixels. */
const graspable = { width: 120, height: 40 } as const;

function canGrasp({ x, y, width }: Area, area: Area): boolean {
  const overlap = Math.min(x + width, area.x + area.width) - Math.max(x, area.x);
  return overlap >= graspable.width && y >= area.y && y + graspable.height <= area.y + area.height;
}

/** The state, moved and resized so that the window can be reached on one of the screens' work areas. */
export function fitWindow(state: WindowState, areas: readonly Area[]): WindowState {
  const { x, y, isMaximized } = state;
  const largest = (name: 'width' | 'height') => Math.max(...areas.map((area) => area[name]));
  const size = {
    width: Math.max(smallestWindow.width, Math.min(state.width, largest('width'))),
    height: Math.max(smallestWindow.height, Math.min(state.height, largest('height'))),
  };
  if (x === undefined || y === undefined || !areas.some((area) => canGrasp({ x, y, ...size }, area))) {
    return { ...size, isMaximized };
  }
  return { x, y, ...size, isMaximized };
}

/** What was kept, or a first window where nothing usable was. On Linux the desktop chooses the place. */
export function loadWindowState(file: string, platform: NodeJS.Platform): WindowState {
  try {
    const { x, y, ...state } = v.parse(stateSchema, JSON.parse(readFileSync(file, 'utf8')));
    // X11 tells where the page is and takes where the frame shall be, so that a window would sink by its title bar each
    // time; Wayland neither tells nor takes.
    return platform === 'linux' ? state : { x, y, ...state };
  } catch {
    // The first start, or a file that something damaged: nothing is lost but a position.
    return firstWindow;
  }
}

export function saveWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(file, JSON.stringify(state));
  } catch {
    // A full disk must not keep a window from closing.
  }
}
