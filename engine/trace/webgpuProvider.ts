// onnxruntime's WebGPU provider as a device to trace for. Every entry was tried in onnxruntime 1.30, node by node, with
// falling back to the CPU forbidden; scripts/optional/webgpuCheck.mjs runs whole programs of them.
import type { ValueType } from './graph.ts';
import type { OnnxOperator } from './operators.ts';
import type { OperatorTable, Provider } from './provider.ts';

type Types = readonly ValueType[];
const none: Types = [];
const bool: Types = ['bool'];
const float: Types = ['float32'];
const products: Types = ['float32', 'float16'];
const numbers: Types = ['float32', 'int32'];
const numbersAndBool: Types = ['float32', 'int32', 'bool'];

const operators: OperatorTable = {
  ...each(numbers, ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Where']),
  ...each(float, ['Pow', 'Neg', 'Abs', 'Reciprocal', 'Sqrt', 'Exp', 'Log', 'Erf', 'Tanh', 'Sigmoid', 'Relu']),
  ...each(float, ['LeakyRelu', 'Softplus', 'Floor', 'Ceil', 'Sin', 'Cos', 'Softmax']),
  ...each(numbers, ['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual']),
  ...each(bool, ['And', 'Not']),
  ...each(numbers, ['ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd']),
  ...each(float, ['ReduceMean', 'MaxPool', 'AveragePool']),
  // Of float16 where the adapter has shader-f16.
  ...each(products, ['MatMul', 'Conv', 'ConvTranspose']),
  ...each(numbersAndBool, ['Reshape', 'Expand', 'Gather', 'Identity']),
  ...each(numbers, ['Transpose', 'Pad', 'Concat', 'Split', 'Tile', 'GatherND']),
  Slice: float,
  Cast: ['float32', 'float16', 'int32', 'bool', 'uint8'],
  // Missing, or (ArgMax, ArgMin, TopK) giving int64 that nothing on the device can read.
  ...each(none, [
    'Sign',
    'Round',
    'Or',
    'IsNaN',
    'IsInf',
    'LogSoftmax',
    'FusedMatMul',
    'ArgMax',
    'ArgMin',
    'TopK',
  ]),
  // It is there, but adds in no fixed order: a run would not repeat itself.
  ScatterElements: none,
};

function each<Operator extends OnnxOperator>(types: Types, names: readonly Operator[]) {
  return Object.fromEntries(names.map((name) => [name, types])) as Record<Operator, Types>;
}

/** A kernel may bind eight buffers on every WebGPU device; Split binds what it reads and each result. */
export const webgpuProvider: Provider = {
  name: 'webgpu',
  operators,
  widestSplit: 7,
  resultsAtOnce: 2 ** 18,
};
