// The ONNX operators that lowering rules may emit. A device is described by what it has of these, so the list is closed.

export const onnxOperators = [
  'Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow', 'Neg', 'Abs', 'Sign', 'Reciprocal', 'Sqrt', 'Exp', 'Log', 'Erf',
  'Tanh', 'Sigmoid', 'Relu', 'LeakyRelu', 'Softplus', 'Floor', 'Ceil', 'Round', 'Sin', 'Cos',
  'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Not', 'IsNaN', 'IsInf', 'Where', 'Cast',
  'ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ArgMax', 'ArgMin', 'TopK', 'Softmax', 'LogSoftmax',
  'MatMul', 'FusedMatMul', 'Conv', 'ConvTranspose', 'MaxPool', 'AveragePool',
  'Identity', 'Reshape', 'Transpose', 'Expand', 'Slice', 'Pad', 'Concat', 'Split', 'Tile',
  'Gather', 'GatherND', 'ScatterElements',
] as const; // prettier-ignore

export type OnnxOperator = (typeof onnxOperators)[number];
