// Finds the operator that onnxruntime would run on the CPU: it refuses such a graph, but does not say which one it is.
import type { Graph, Node, Value } from '../trace/graph.ts';

const refusal = /fallback to CPU EP has been explicitly disabled/;

/** True for the error of a session that would need the CPU. */
export function needsCpu(cause: unknown): boolean {
  return cause instanceof Error && refusal.test(cause.message);
}

/**
 * The first node that a session of its own refuses, as `Sign of float32[3,4] (Sign_7)`; undefined where each is accepted
 * alone. Equal operators on equal shapes are tried once. `accepts` opens a session for a graph and closes it.
 */
export async function findCpuNode(
  graph: Graph,
  accepts: (graph: Graph) => Promise<boolean>,
): Promise<string | undefined> {
  const tried = new Set<string>();
  for (const node of graph.nodes) {
    const operands = node.inputs.map(describe).join(', ');
    const kind = `${node.op} of ${operands} ${JSON.stringify(node.attributes)}`;
    if (tried.has(kind)) continue;
    tried.add(kind);
    if (!(await accepts(alone(node)))) return `${node.op} of ${operands} (${node.op}_${node.id})`;
  }
  return undefined;
}

function describe({ type, shape }: Value): string {
  return `${type}[${shape.join()}]`;
}

/** A graph of one node: what other nodes gave it is fed. */
function alone(node: Node): Graph {
  const inputs: Value[] = [];
  const operands = node.inputs.map((value, index): Value => {
    if (value.source.kind === 'constant' || value.source.kind === 'splat') return value;
    const fed: Value = { ...value, source: { kind: 'input', name: `x${index}` } };
    inputs.push(fed);
    return fed;
  });
  const outputs: Value[] = [];
  const copy: Node = { ...node, inputs: operands, outputs };
  node.outputs.forEach((value, port) =>
    outputs.push({ ...value, source: { kind: 'node', node: copy, port } }),
  );
  return {
    name: 'alone',
    inputs,
    nodes: [copy],
    outputs: outputs.map((value, port) => ({ name: `y${port}`, value })),
  };
}
