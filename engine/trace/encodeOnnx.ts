// A graph as the bytes of an ONNX model.
import onnxProto from 'onnx-proto';
import { EngineError } from '../contract/errors.ts';
import type { AttributeValue, ConstantData, Graph, Node, Value, ValueType } from './graph.ts';

const { onnx } = onnxProto;

/** Version of the ONNX operator set the lowering rules are written for. */
export const onnxOpset = 20;

const elementTypes: Readonly<Record<ValueType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};
const microsoftOperators: ReadonlySet<string> = new Set(['FusedMatMul']);
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

export interface EncodeOptions {
  /** Name of an additional first output: an empty sequence, without meaning of its own. */
  readonly emptySequence?: string;
}

/** The graph as ONNX bytes. Inputs and outputs carry the graph's names. */
export function encodeOnnx(graph: Graph, { emptySequence }: EncodeOptions = {}): Uint8Array {
  const names = new ValueNames(graph);
  const nodes = graph.nodes.map((node) => encodeNode(node, names));
  const produced = new Set<Value>();
  const outputs: onnxProto.onnx.IValueInfoProto[] = graph.outputs.map(({ name, value }) => {
    // Two outputs of one value, or an output that is an input or constant, need a name of their own.
    const first = !produced.has(value) && value.source.kind === 'node';
    produced.add(value);
    if (!first) {
      const copy = onnx.NodeProto.create({
        opType: 'Identity',
        input: [names.of(value)],
        output: [name],
        name: `copy:${name}`,
      });
      nodes.push(copy);
    }
    return valueInfo(name, value);
  });
  if (emptySequence !== undefined) {
    const name = emptySequence;
    nodes.push(onnx.NodeProto.create({ opType: 'SequenceEmpty', output: [name], name }));
    outputs.unshift({
      name,
      type: { sequenceType: { elemType: { tensorType: { elemType: elementTypes.float32 } } } },
    });
  }
  const model = onnx.ModelProto.create({
    irVersion: 9,
    producerName: 'thimble',
    opsetImport: [
      { domain: '', version: onnxOpset },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: graph.name,
      node: nodes,
      initializer: [...names.constants].map(([value, name]) => encodeConstant(value, name)),
      input: graph.inputs.map((input) => valueInfo(names.of(input), input)),
      output: outputs,
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

/**
 * A model that hands on a part of a tensor of any shape, the elements from `start` up to `end` along its first axis: moves
 * data between the memories of a device and the process. Inputs `x`, `start` [1] and `end` [1] (int64), output `y`.
 */
export function encodePart(type: ValueType): Uint8Array {
  const tensor = (name: string, elemType: number) => ({ name, type: { tensorType: { elemType } } });
  const numbers = (name: string) => ({
    name,
    type: { tensorType: { elemType: elementTypes.int64, shape: { dim: [{ dimValue: 1 }] } } },
  });
  const input = ['x', 'start', 'end'];
  const model = onnx.ModelProto.create({
    irVersion: 9,
    producerName: 'thimble',
    opsetImport: [{ domain: '', version: onnxOpset }],
    graph: {
      name: 'part',
      node: [onnx.NodeProto.create({ opType: 'Slice', input, output: ['y'], name: 'part' })],
      input: [tensor('x', elementTypes[type]), numbers('start'), numbers('end')],
      output: [tensor('y', elementTypes[type])],
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

/** A model that hands on a tensor of any shape: input `x`, output `y`. */
export function encodeCopy(type: ValueType): Uint8Array {
  const tensor = (name: string) => ({ name, type: { tensorType: { elemType: elementTypes[type] } } });
  const model = onnx.ModelProto.create({
    irVersion: 9,
    producerName: 'thimble',
    opsetImport: [{ domain: '', version: onnxOpset }],
    graph: {
      name: 'copy',
      node: [onnx.NodeProto.create({ opType: 'Identity', input: ['x'], output: ['y'], name: 'copy' })],
      input: [tensor('x')],
      output: [tensor('y')],
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

/** Gives every value a name; collects the constants that were asked for. */
class ValueNames {
  readonly constants = new Map<Value, string>();
  readonly #outputs = new Map<Value, string>();

  constructor(graph: Graph) {
    for (const { name, value } of graph.outputs) {
      if (value.source.kind === 'node' && !this.#outputs.has(value)) this.#outputs.set(value, name);
    }
  }

  of(value: Value): string {
    const { source } = value;
    if (source.kind === 'input') return source.name;
    const name = this.#outputs.get(value) ?? `v${value.id}`;
    if (source.kind !== 'node') this.constants.set(value, name);
    return name;
  }
}

function encodeNode(node: Node, names: ValueNames) {
  return onnx.NodeProto.create({
    name: `${node.op}_${node.id}`,
    opType: node.op,
    domain: microsoftOperators.has(node.op) ? 'com.microsoft' : '',
    input: node.inputs.map((value) => names.of(value)),
    output: node.outputs.map((value) => names.of(value)),
    attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(node, name, value)),
  });
}

function encodeAttribute(node: Node, name: string, value: AttributeValue) {
  if (node.op === 'Cast' && name === 'to') {
    return { name, type: attributeTypes.int, i: elementTypes[value as ValueType] };
  }
  if (typeof value === 'number') return { name, type: attributeTypes.int, i: value };
  if (typeof value === 'string')
    return { name, type: attributeTypes.string, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: attributeTypes.float, f: value.float };
  return { name, type: attributeTypes.ints, ints: [...value] };
}

function valueInfo(name: string, value: Value) {
  const dim = value.shape.map((extent) => ({ dimValue: extent }));
  return { name, type: { tensorType: { elemType: elementTypes[value.type], shape: { dim } } } };
}

function encodeConstant(value: Value, name: string) {
  const data = constantData(value);
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: [...value.shape], dataType: elementTypes[value.type], rawData };
}

function constantData(value: Value): ConstantData {
  const { source, shape, type } = value;
  if (source.kind === 'constant') return source.data;
  if (source.kind !== 'splat') throw new EngineError('internal', `value ${value.id} is no constant`);
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (type === 'float32') return new Float32Array(count).fill(source.number);
  if (type === 'int32') return new Int32Array(count).fill(source.number);
  if (type === 'int64') return new BigInt64Array(count).fill(BigInt(source.number));
  return new Uint8Array(count).fill(source.number);
}
