// The machine's own ceiling: how fast onnxruntime multiplies two large matrices.
import * as ort from 'onnxruntime-node';
import { encodeOnnx } from '../trace/encodeOnnx.ts';
import { GraphBuilder } from '../trace/graphBuilder.ts';
import { createCpuSession } from './ortSession.ts';

const side = 1024;
const repetitions = 15;

/** Floating-point operations a second of the fastest of several 1024³ float32 products. */
export async function measurePeakFlops(threads?: number): Promise<number> {
  const builder = new GraphBuilder();
  const shape = [side, side];
  const factors = ['a', 'b'].map((name) => builder.input(name, shape, 'float32'));
  const value = builder.op('MatMul', factors, { shape, type: 'float32' });
  const session = await createCpuSession(encodeOnnx(builder.finish('peak', [{ name: 'c', value }])), {
    threads,
  });
  const data = Float32Array.from({ length: side * side }, (_, index) => Math.sin(index));
  const feeds = { a: new ort.Tensor('float32', data, shape), b: new ort.Tensor('float32', data, shape) };
  let fastestMs = Infinity;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const startedMs = performance.now();
    await session.run(feeds);
    fastestMs = Math.min(fastestMs, performance.now() - startedMs);
  }
  await session.release();
  return (1000 * 2 * side ** 3) / fastestMs;
}
