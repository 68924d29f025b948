// Mixed precision as a change to a traced graph: the operators that cost read operands rounded to float16 and hand their
// results on as float32. Everything else (sums, norms, softmax, the optimiser) stays as it was.
import type { Graph, Node, Value } from './graph.ts';
import { GraphBuilder } from './graphBuilder.ts';
import type { OnnxOperator } from './operators.ts';
import type { Provider } from './provider.ts';

/** What is computed in float16: products, of which a step's arithmetic consists. */
export const halfOperators: ReadonlySet<OnnxOperator> = new Set<OnnxOperator>([
  'MatMul',
  'FusedMatMul',
  'Conv',
  'ConvTranspose',
]);

function isProduct({ op, inputs }: Node): boolean {
  return halfOperators.has(op) && inputs.every(({ type }) => type === 'float32');
}

/**
 * The same graph with its products in float16. A value that several of them read is rounded once. A device without float16
 * products computes them in float32 from rounded operands and rounds the result: slower, for tests and comparisons.
 */
export function roundProducts(graph: Graph, { operators }: Provider): Graph {
  const builder = new GraphBuilder();
  const rebuilt = new Map<Value, Value>();

  for (const value of graph.inputs) {
    const name = value.source.kind === 'input' ? value.source.name : '';
    rebuilt.set(value, builder.input(name, value.shape, value.type));
  }

  const rebuild = (value: Value): Value => {
    const known = rebuilt.get(value);
    if (known !== undefined) return known;
    const { source, shape, type } = value;
    const made =
      source.kind === 'constant'
        ? builder.constant(source.data, shape, type)
        : builder.splat(source.kind === 'splat' ? source.number : 0, shape, type);
    rebuilt.set(value, made);
    return made;
  };
  // The builder makes equal nodes once.
  const cast = (value: Value, type: 'float16' | 'float32') =>
    builder.ops('Cast', [value], [{ shape: value.shape, type }], { to: type })[0]!;

  for (const node of graph.nodes) {
    const inputs = node.inputs.map(rebuild);
    if (!isProduct(node)) {
      const outputs = builder.ops(node.op, inputs, node.outputs, node.attributes);
      node.outputs.forEach((output, port) => rebuilt.set(output, outputs[port]!));
      continue;
    }
    const type = operators[node.op].includes('float16') ? 'float16' : 'float32';
    const operands = inputs.map((value) => {
      const half = cast(value, 'float16');
      return type === 'float16' ? half : cast(half, type);
    });
    const [output] = node.outputs;
    const product = builder.ops(node.op, operands, [{ shape: output!.shape, type }], node.attributes)[0]!;
    const half = type === 'float16' ? product : cast(product, 'float16');
    rebuilt.set(output!, cast(half, 'float32'));
  }
  const outputs = graph.outputs.map(({ name, value }) => ({ name, value: rebuild(value) }));
  return builder.finish(graph.name, outputs);
}
