// The machine's own ceiling: how fast onnxruntime multiplies matrices, the best of a few shapes.
import * as ort from 'onnxruntime-node';
import { encodeOnnx } from '../trace/encodeOnnx.ts';
import { GraphBuilder } from '../trace/graphBuilder.ts';
import { createCpuSession } from './ortSession.ts';

/** Rows, inner side and columns of a product. */
type ProductShape = readonly [number, number, number];

/** Two squares, and products as a transformer has them: many tokens, a few hundred features. Which is fastest depends on the caches. */
const shapes: readonly ProductShape[] = [
  [1024, 1024, 1024],
  [2048, 2048, 2048],
  [1576, 384, 1536],
  [1152, 192, 768],
];
/** Each shape is repeated for this long, and at least three times. */
const shapeMs = 500;
const fewestRepetitions = 3;

/** Floating-point operations a second of the fastest float32 product. */
export async function measurePeakFlops(threads?: number): Promise<number> {
  let peak = 0;
  for (const shape of shapes) peak = Math.max(peak, await measureProduct(shape, threads));
  return peak;
}

async function measureProduct([rows, inner, columns]: ProductShape, threads?: number): Promise<number> {
  const builder = new GraphBuilder();
  const a = builder.input('a', [rows, inner], 'float32');
  const b = builder.input('b', [inner, columns], 'float32');
  const value = builder.op('MatMul', [a, b], { shape: [rows, columns], type: 'float32' });
  const model = encodeOnnx(builder.finish('peak', [{ name: 'c', value }]));
  const session = await createCpuSession(model, { threads });
  const feeds = { a: sampleMatrix(rows, inner), b: sampleMatrix(inner, columns) };
  const endMs = performance.now() + shapeMs;
  let fastestMs = Infinity;
  for (let repetition = 0; repetition < fewestRepetitions || performance.now() < endMs; repetition++) {
    const startedMs = performance.now();
    await session.run(feeds);
    fastestMs = Math.min(fastestMs, performance.now() - startedMs);
  }
  await session.release();
  return (1000 * 2 * rows * inner * columns) / fastestMs;
}

function sampleMatrix(rows: number, columns: number): ort.Tensor {
  const data = Float32Array.from({ length: rows * columns }, (_, index) => Math.sin(index));
  return new ort.Tensor('float32', data, [rows, columns]);
}
