// Text for svgcanvas: its own way parses fonts through a style attribute, which our content policy forbids.
/* oxlint-disable no-underscore-dangle -- svgcanvas names its inner functions so. */
import type { Context } from 'svgcanvas';
import { readFont } from './canvasFont.ts';

/** What a context's fillText does, without style attributes. */
export function writeText(ctx: Context, text: string, x: number, y: number): void {
  // Asked first: from the new element, which has no parent yet, there is no way up.
  const parent = ctx.__closestGroupOrSvg();
  const { size, family, weight } = readFont(ctx.font);
  const element = ctx.__createElement(
    'text',
    {
      'font-family': family,
      'font-size': size,
      'font-weight': weight,
      x,
      y,
      'text-anchor': { left: 'start', start: 'start', center: 'middle', right: 'end', end: 'end' }[
        ctx.textAlign
      ],
      dy: {
        top: '0.8em',
        hanging: '0.8em',
        middle: '0.35em',
        alphabetic: '0',
        ideographic: '0',
        bottom: '-0.2em',
      }[ctx.textBaseline],
    },
    true,
  );
  element.textContent = text;
  ctx.__currentElement = element;
  ctx.__applyTransformation(element);
  ctx.__applyStyleToCurrentElement('fill');
  parent.append(element);
}
