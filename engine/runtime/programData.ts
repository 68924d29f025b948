// The data that goes into and out of a program: checked at the door, so that executors can trust it.
import { EngineError } from '../contract/errors.ts';
import type { ElementType, NamedData, Program, TensorData, TensorSpec } from './program.ts';

const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;

/** Number of elements of a tensor. */
export function elementCount(spec: Pick<TensorSpec, 'shape'>): number {
  return spec.shape.reduce((product, extent) => product * extent, 1);
}

/** A zero-filled array for a tensor. */
export function allocate(type: ElementType, count: number): TensorData {
  return new arrays[type](count);
}

/** Throws `tensor.shape` unless `data` has exactly the element type and count of `spec`. */
export function assertData(
  where: string,
  spec: TensorSpec,
  data: TensorData | undefined,
): asserts data is TensorData {
  const count = elementCount(spec);
  if (data instanceof arrays[spec.type] && data.length === count) return;
  const got = data === undefined ? 'nothing' : `${data.constructor.name} of ${data.length}`;
  const expected = `${arrays[spec.type].name} of ${count} [${spec.shape.join()}]`;
  throw new EngineError('tensor.shape', `${where}: ${spec.name}: expected ${expected}, got ${got}`, {
    details: { name: spec.name, expected, got },
  });
}

/** Throws `tensor.shape` unless `values` holds each input of the program, and nothing else. */
export function assertInputs(program: Program, values: NamedData): void {
  for (const spec of program.inputs) assertData(`run ${program.name}`, spec, values[spec.name]);
  const known = new Set(program.inputs.map((spec) => spec.name));
  const strange = Object.keys(values).find((name) => !known.has(name));
  if (strange !== undefined) {
    throw new EngineError('tensor.shape', `run ${program.name}: expected no input ${strange}, got one`);
  }
}

/** The specification of a state tensor. Throws `tensor.shape` for a name that the program does not have. */
export function stateSpec(program: Program, name: string): TensorSpec {
  const spec = program.state.find((each) => each.name === name);
  if (spec !== undefined) return spec;
  throw new EngineError(
    'tensor.shape',
    `program ${program.name}: expected a known state tensor, got ${name}`,
  );
}

/** Tells which state has been written; a program must not run before all of it is there. */
export class WrittenState {
  readonly #program: Program;
  readonly #missing: Set<string>;

  constructor(program: Program) {
    this.#program = program;
    this.#missing = new Set(program.state.map((spec) => spec.name));
  }

  markWritten(name: string): void {
    this.#missing.delete(name);
  }

  /** Throws `executor.failed` while some state has never been written. */
  assertComplete(): void {
    if (this.#missing.size === 0) return;
    const [name] = this.#missing;
    throw new EngineError(
      'executor.failed',
      `run ${this.#program.name}: expected all state to be written, ${this.#missing.size} tensors are not, e.g. ${name}`,
    );
  }
}
