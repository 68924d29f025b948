// Text for svgcanvas: its own way parses fonts through a style attribute, which our content policy forbids.
/* oxlint-disable no-underscore-dangle -- svgcanvas names its inner functions so. */
import type { Context } from 'svgcanvas';
import { readFont } from './canvasFont.ts';

/** Takes the place of a context's fillText. */
export function writeText(this: Context, text: string, x: number, y: number): void {
  const { size, family, weight } = readFont(this.font);
  const element = this.__createElement(
    'text',
    {
      'font-family': family,
      'font-size': size,
      'font-weight': weight,
      x,
      y,
      'text-anchor': { left: 'start', start: 'start', center: 'middle', right: 'end', end: 'end' }[
        this.textAlign
      ],
      dy: {
        top: '0.8em',
        hanging: '0.8em',
        middle: '0.35em',
        alphabetic: '0',
        ideographic: '0',
        bottom: '-0.2em',
      }[this.textBaseline],
    },
    true,
  );
  element.textContent = text;
  this.__currentElement = element;
  this.__applyTransformation(element);
  this.__applyStyleToCurrentElement('fill');
  this.__closestGroupOrSvg().append(element);
}
