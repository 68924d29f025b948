// Tensors in a GPU's memory: brought there and read back through sessions that only copy. getData() on such a tensor ends
// the process, so nothing here or elsewhere calls it.
import * as ort from 'onnxruntime-node';
import { encodeCopy, encodePart } from '../trace/encodeOnnx.ts';
import { allocate, elementCount } from './programData.ts';
import type { ElementType, TensorData, TensorSpec } from './program.ts';

export type CreateSession = (
  model: Uint8Array,
  outputs: readonly string[],
  readOutputs: readonly string[],
) => Promise<ort.InferenceSession>;

type Feeds = Readonly<Record<string, ort.Tensor>>;
type Direction = 'up' | 'down' | 'part';

/** Larger tensors are read in parts of this size: a device may refuse one large buffer to read from. */
const defaultPartBytes = 64e6;

export class WebgpuMemory {
  readonly #createSession: CreateSession;
  readonly #partBytes: number;
  readonly #sessions = new Map<string, ort.InferenceSession>();

  constructor(createSession: CreateSession, partBytes = defaultPartBytes) {
    this.#createSession = createSession;
    this.#partBytes = partBytes;
  }

  /** A copy in the GPU's memory; the caller disposes it. */
  async upload({ shape, type }: TensorSpec, data: TensorData): Promise<ort.Tensor> {
    return this.#copy('up', type, { x: new ort.Tensor(type, data, shape) });
  }

  /** A copy of a tensor of the GPU in the memory of the process. */
  async download(spec: TensorSpec, tensor: ort.Tensor): Promise<TensorData> {
    const count = elementCount(spec);
    const partLength = Math.max(1, Math.floor(this.#partBytes / 4));
    if (spec.type !== 'float32' || count <= partLength) {
      return (await this.#copy('down', spec.type, { x: tensor })).data as TensorData;
    }
    // The same memory, seen as one row.
    const row = ort.Tensor.fromGpuBuffer(tensor.gpuBuffer, { dataType: spec.type, dims: [count] });
    const whole = allocate(spec.type, count);
    for (let start = 0; start < count; start += partLength) {
      const end = Math.min(count, start + partLength);
      const part = await this.#copy('part', spec.type, { x: row, start: int64(start), end: int64(end) });
      whole.set(part.data as Float32Array, start);
    }
    return whole;
  }

  async dispose(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await session.release();
  }

  async #copy(direction: Direction, type: ElementType, feeds: Feeds): Promise<ort.Tensor> {
    const key = `${direction} ${type}`;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      const model = direction === 'part' ? encodePart(type) : encodeCopy(type);
      session = await this.#createSession(model, ['y'], direction === 'up' ? [] : ['y']);
      this.#sessions.set(key, session);
    }
    return (await session.run(feeds))['y'] as ort.Tensor;
  }
}

function int64(number: number): ort.Tensor {
  return new ort.Tensor('int64', BigInt64Array.of(BigInt(number)), [1]);
}
