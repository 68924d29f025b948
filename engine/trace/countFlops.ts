// Floating-point operations of a graph: two for each multiplication with addition in its products and convolutions.
import { sizeOf, type Graph, type Node } from './graph.ts';

/** FLOPs of one call; what is not a product or a convolution is not counted. */
export function countFlops(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + nodeFlops(node), 0);
}

function nodeFlops(node: Node): number {
  const [first, second] = node.inputs;
  const output = node.outputs[0];
  if (first === undefined || second === undefined || output === undefined) return 0;
  switch (node.op) {
    case 'MatMul':
      return 2 * sizeOf(output.shape) * first.shape.at(-1)!;
    case 'FusedMatMul':
      return 2 * sizeOf(output.shape) * first.shape.at(node.attributes['transA'] === 1 ? -2 : -1)!;
    case 'Conv':
      return 2 * sizeOf(output.shape) * sizeOf(second.shape.slice(1));
    case 'ConvTranspose':
      return 2 * sizeOf(first.shape) * sizeOf(second.shape.slice(1));
    default:
      return 0;
  }
}
