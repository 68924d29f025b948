// Draws the four stages that an image goes through before the model learns from it. The hidden patches are hatched, not
// tinted, so that they are told apart without colour.
import type { ModelView } from '../../../engine/contract/images.ts';

export const stages = ['crop', 'colour', 'visible', 'predicted'] as const;
export type Stage = (typeof stages)[number];

export interface StageColours {
  /** What stands where a patch is left out. */
  readonly blank: string;
  readonly veil: string;
  readonly line: string;
}

/** The picture that a stage begins with. */
export function pictureOf(view: ModelView, stage: Stage): Uint8Array {
  if (stage === 'crop') return view.cropPng;
  return stage === 'predicted' ? view.targetPng : view.contextPng;
}

/** Patches whose keepMask is `kept`, as squares of a drawing with the given side. */
export function listPatches(
  { gridSide, keepMask }: Pick<ModelView, 'gridSide' | 'keepMask'>,
  kept: 0 | 1,
  side: number,
): { readonly x: number; readonly y: number; readonly size: number }[] {
  const size = side / gridSide;
  return keepMask.flatMap((keep, index) =>
    keep === kept ? [{ x: (index % gridSide) * size, y: Math.floor(index / gridSide) * size, size }] : [],
  );
}

/** Draws a stage over its picture into a square canvas of `side` pixels. */
export function drawStage(
  context: CanvasRenderingContext2D,
  picture: ImageBitmap,
  view: ModelView,
  stage: Stage,
  side: number,
  colours: StageColours,
): void {
  context.clearRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, side, side);
  if (stage === 'visible') {
    context.fillStyle = colours.blank;
    // Half a pixel more on each side leaves no seams between neighbours.
    for (const { x, y, size } of listPatches(view, 0, side))
      context.fillRect(x - 0.5, y - 0.5, size + 1, size + 1);
  }
  if (stage === 'predicted') {
    context.fillStyle = colours.veil;
    for (const { x, y, size } of listPatches(view, 1, side))
      context.fillRect(x - 0.5, y - 0.5, size + 1, size + 1);
    hatch(context, listPatches(view, 0, side), side, colours.line);
  }
}

/** Diagonal lines, continuous over neighbouring patches, dark on light so that they show on any image. */
function hatch(
  context: CanvasRenderingContext2D,
  patches: readonly { readonly x: number; readonly y: number; readonly size: number }[],
  side: number,
  line: string,
): void {
  context.save();
  context.beginPath();
  for (const { x, y, size } of patches) context.rect(x, y, size, size);
  context.clip();
  const gap = Math.max(6, side / 24);
  for (const [width, colour] of [
    [gap / 2.4, 'rgb(255 255 255 / 70%)'],
    [gap / 4.5, line],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.beginPath();
    for (let at = -side; at < side; at += gap) {
      context.moveTo(at, side);
      context.lineTo(at + side, 0);
    }
    context.stroke();
  }
  context.restore();
}
