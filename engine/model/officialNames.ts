// Between the engine's weight names and those of the official PyTorch implementation, which joins q, k, v into one
// matrix and the two halves of SwiGLU into another. Applies to encoders, the predictor and the cross-attentive head.
import { EngineError } from '../contract/errors.ts';

/** Weights as they lie in a file: plain data with a shape. */
export interface ShapedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export type ShapedArrays = Readonly<Record<string, ShapedArray>>;

/** Joined matrices: the official name's ending, and the engine's endings in the order in which their rows lie. */
const joined: readonly { readonly whole: string; readonly parts: readonly string[] }[] = [
  {
    whole: '.self_attn.qkv.weight',
    parts: ['.self_attn.q.weight', '.self_attn.k.weight', '.self_attn.v.weight'],
  },
  { whole: '.cross_attn.kv.weight', parts: ['.cross_attn.k.weight', '.cross_attn.v.weight'] },
  { whole: '.ffn_layer.w12.weight', parts: ['.ffn_layer.w1.weight', '.ffn_layer.w2.weight'] },
];

function joinRows(parts: readonly ShapedArray[]): ShapedArray {
  const [first] = parts as [ShapedArray];
  const data = new Float32Array(parts.reduce((total, part) => total + part.data.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  const rows = parts.reduce((total, part) => total + part.shape[0]!, 0);
  return { shape: [rows, ...first.shape.slice(1)], data };
}

function splitRows(name: string, whole: ShapedArray, count: number): ShapedArray[] {
  const rows = whole.shape[0]! / count;
  if (!Number.isInteger(rows)) {
    throw new EngineError(
      'tensor.shape',
      `${name}: expected a number of rows divisible by ${count}, got [${whole.shape}]`,
    );
  }
  const size = whole.data.length / count;
  return Array.from({ length: count }, (_, index) => ({
    shape: [rows, ...whole.shape.slice(1)],
    data: whole.data.slice(index * size, (index + 1) * size),
  }));
}

/** Engine names → official names. Tensors of 0 elements are kept. Order follows the first part of each joined matrix. */
export function toOfficialNames(weights: ShapedArrays): Record<string, ShapedArray> {
  const result: Record<string, ShapedArray> = {};
  const used = new Set<string>();
  for (const [name, value] of Object.entries(weights)) {
    if (used.has(name)) continue;
    const group = joined.find(({ parts }) => {
      if (!name.endsWith(parts[0]!)) return false;
      const stem = name.slice(0, -parts[0]!.length);
      return parts.every((part) => weights[stem + part]);
    });
    if (!group) {
      result[name] = value;
      continue;
    }
    const stem = name.slice(0, -group.parts[0]!.length);
    const names = group.parts.map((part) => stem + part);
    names.forEach((part) => used.add(part));
    result[stem + group.whole] = joinRows(names.map((part) => weights[part]!));
  }
  return result;
}

/**
 * Official names → engine names; the fixed position embedding is left out, since it is computed. Throws tensor.shape
 * where a joined matrix cannot be divided.
 */
export function fromOfficialNames(weights: ShapedArrays): Record<string, ShapedArray> {
  const result: Record<string, ShapedArray> = {};
  for (const [name, value] of Object.entries(weights)) {
    if (name.endsWith('pos_embed')) continue;
    const group = joined.find(({ whole }) => name.endsWith(whole));
    if (!group) {
      result[name] = value;
      continue;
    }
    const stem = name.slice(0, -group.whole.length);
    const parts = splitRows(name, value, group.parts.length);
    group.parts.forEach((part, index) => (result[stem + part] = parts[index]!));
  }
  return result;
}
