// The part of svgcanvas that we use; the package ships no types.
declare module 'svgcanvas' {
  export class Context {
    constructor(options: {
      width: number;
      height: number;
      ctx?: CanvasRenderingContext2D;
      document?: Document;
    });
    canvas: unknown;
    font: string;
    textAlign: CanvasTextAlign;
    textBaseline: CanvasTextBaseline;
    fillText(text: string, x: number, y: number): void;
    __currentElement: Element;
    __createElement(name: string, attributes: Record<string, string | number>, resetFill: boolean): Element;
    __applyTransformation(element: Element): void;
    __applyStyleToCurrentElement(kind: 'fill' | 'stroke'): void;
    __closestGroupOrSvg(): Element;
    getSerializedSvg(fixNamedEntities?: boolean): string;
  }
}
