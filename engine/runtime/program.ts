// What an executor runs: a pure function over named tensors, with its shapes. Knows no model.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Precision } from '../contract/config.ts';

export type ElementType = 'float32' | 'int32' | 'uint8';
export type TensorData = Float32Array | Int32Array | Uint8Array;
export type NamedTensors = Readonly<Record<string, Tensor>>;
export type NamedData = Readonly<Record<string, TensorData>>;

/** Name, shape and element type of one tensor that crosses the executor's border. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** What a program returns: the new values of all its state, and what is read back after each call. */
export interface ProgramResult {
  readonly state: NamedTensors;
  readonly outputs: NamedTensors;
}

/**
 * A pure function at fixed shapes. `build` is called once by a compiling executor (under a tracing backend) and once a
 * step by an eager one. It must only use tfjs-core operations, must not read tensor values, and everything that varies
 * from call to call must enter through `inputs` or `state`.
 */
export interface Program {
  readonly name: string;
  /** Fed on every call. `uint8` inputs reach `build` as float32 tensors with values 0 … 255. */
  readonly inputs: readonly TensorSpec[];
  /** Stays with the executor between calls (weights, moments); `build` returns a new value for each name it changes. */
  readonly state: readonly TensorSpec[];
  build(inputs: NamedTensors, state: NamedTensors): ProgramResult;
  /** `mixed`: products are computed from operands rounded to float16 (trace/halfPrecision.ts). Default: `float32`. */
  readonly precision?: Precision;
  /** The same program with its state in few large tensors, for devices where each operation costs; absent where it has none. */
  readonly packed?: () => PackedForm;
}

/** Several state tensors that lie in one, [n] float32, one after the other. */
export interface StatePack {
  readonly name: string;
  readonly members: readonly TensorSpec[];
  /** Elements, with what follows the last member: zeros that stay zero. */
  readonly length: number;
}

/** A program over packed state: what is in no pack keeps its name. Inputs and outputs are those of the program it stands for. */
export interface PackedForm {
  readonly program: Program;
  readonly packs: readonly StatePack[];
}

/** A program that is ready to run. Calls must not overlap. */
export interface CompiledProgram {
  readonly program: Program;
  /** Milliseconds that tracing and building the session took. */
  readonly buildMs: number;
  /** Replaces the named state tensors (all of them before the first run). */
  writeState(values: NamedData): Promise<void>;
  /** Copies of the named state tensors (default: all). */
  readState(names?: readonly string[]): Promise<Record<string, TensorData>>;
  /** Runs one call; returns copies of the outputs. */
  run(inputs: NamedData): Promise<Record<string, TensorData>>;
  dispose(): Promise<void>;
}

/** What a provider tells of the device that it computes on; null where it does not. */
export interface ExecutorDevice {
  readonly name: string | null;
  readonly vendor: string | null;
  /** e.g. `Vulkan`, `D3D12`, `Metal`, `CUDA`. */
  readonly backend: string | null;
  readonly memoryBytes: number | null;
}

/** Something that can run programs on one device. */
export interface Executor {
  /** e.g. `compiled-cpu`, `eager-cpu`, `compiled-webgpu`. */
  readonly id: string;
  /** What a person calls it: the device and how it runs. */
  readonly label: string;
  /** Where the provider tells; known once a program was compiled. */
  readonly device?: ExecutorDevice;
  compile(program: Program): Promise<CompiledProgram>;
  dispose(): Promise<void>;
}
