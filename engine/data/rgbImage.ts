// The one picture type inside this room: 8-bit RGB, interleaved, row by row.

export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3], 0 … 255. */
  readonly pixels: Uint8Array;
}

/** Gray value of a colour as Pillow's "L" mode computes it (ITU-R 601, rounded), 0 … 255. */
export function grayOf(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/** Size that an image has once its shorter side is limited; never larger than it was. */
export function limitedSize(
  width: number,
  height: number,
  shorterSide: number,
): { readonly width: number; readonly height: number } {
  const scale = shorterSide / Math.min(width, height);
  if (scale >= 1) return { width, height };
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
