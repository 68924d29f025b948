// Which state tensors may be overwritten where they lie. An executor that gives a session one buffer both as the old
// state and as the new saves a copy of every weight, but only if nothing reads the old values after they are written.
import type { Graph, Node, Value } from './graph.ts';

export interface StatePair {
  readonly input: Value;
  readonly output: Value;
}

/** Operators whose result onnxruntime may let share the memory of their first input. */
const sharing: ReadonlySet<string> = new Set(['Reshape', 'Identity']);
/** Operators that read element i of their inputs before they write element i of their result, and no later. */
const elementwise: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Where', 'Max', 'Min', 'Neg']);

/**
 * The pairs that are safe to overwrite: in every order in which the graph can run, each reader of the old value has run
 * before the operator that writes the new one. (That operator may read it itself, element by element.)
 */
export function findInPlaceState(graph: Graph, pairs: readonly StatePair[]): ReadonlySet<StatePair> {
  const readers = collectReaders(graph);
  const shared = new Set<Value>();
  const safe = new Set<StatePair>();
  for (const pair of pairs) {
    const writer = pair.output.source.kind === 'node' ? pair.output.source.node : undefined;
    if (writer === undefined || sharing.has(writer.op) || shared.has(pair.output)) continue;
    shared.add(pair.output);
    const before = ancestors(writer);
    const ordered = readersOf(pair.input, readers).every(({ node, direct }) => {
      if (node === writer) return direct && readsInStep(writer, pair);
      return before.has(node);
    });
    if (ordered) safe.add(pair);
  }
  return safe;
}

function readsInStep(writer: Node, { input, output }: StatePair): boolean {
  const sameSize = input.shape.join() === output.shape.join();
  return elementwise.has(writer.op) && sameSize;
}

function collectReaders(graph: Graph): Map<Value, Node[]> {
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  return readers;
}

/** Everything that reads a value's memory, also through results that share it. */
function readersOf(value: Value, readers: Map<Value, Node[]>): { node: Node; direct: boolean }[] {
  const found: { node: Node; direct: boolean }[] = [];
  const pending = [{ value, direct: true }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const node of readers.get(next.value) ?? []) {
      if (!sharing.has(node.op)) found.push({ node, direct: next.direct });
      else for (const output of node.outputs) pending.push({ value: output, direct: false });
    }
  }
  return found;
}

function ancestors(node: Node): ReadonlySet<Node> {
  const found = new Set<Node>();
  const pending: Node[] = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const { source } of next.inputs) {
      if (source.kind !== 'node' || found.has(source.node)) continue;
      found.add(source.node);
      pending.push(source.node);
    }
  }
  return found;
}
