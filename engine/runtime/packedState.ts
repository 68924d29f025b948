// State in few large tensors instead of many small ones: for devices where each operation costs, however small. Who reads
// and writes it sees the small ones.
import { allocate, assertData, assertInputs, elementCount, stateSpec, WrittenState } from './programData.ts';
import type { CompiledProgram, NamedData, PackedForm, Program, StatePack, TensorData } from './program.ts';

/** A program whose state is packed, as the program it stands for. */
export class PackedProgram implements CompiledProgram {
  readonly program: Program;
  readonly buildMs: number;
  readonly #packs: readonly StatePack[];
  readonly #inner: CompiledProgram;
  readonly #written: WrittenState;
  readonly #begun = new Set<string>();

  constructor(program: Program, { packs }: PackedForm, inner: CompiledProgram) {
    this.program = program;
    this.buildMs = inner.buildMs;
    this.#packs = packs;
    this.#inner = inner;
    this.#written = new WrittenState(program);
  }

  async writeState(values: NamedData): Promise<void> {
    for (const [name, data] of Object.entries(values)) {
      assertData(`state ${this.program.name}`, stateSpec(this.program, name), data);
    }
    const rest = { ...values };
    for (const pack of this.#packs) {
      const given = pack.members.filter(({ name }) => values[name] !== undefined);
      if (given.length === 0) continue;
      const isWhole = given.length === pack.members.length || !this.#begun.has(pack.name);
      const whole = isWhole
        ? allocate('float32', pack.length)
        : (await this.#inner.readState([pack.name]))[pack.name]!;
      for (const { member, start } of placesIn(pack)) {
        const data = values[member.name];
        if (data !== undefined) whole.set(data, start);
        delete rest[member.name];
      }
      await this.#inner.writeState({ [pack.name]: whole });
      this.#begun.add(pack.name);
    }
    if (Object.keys(rest).length > 0) await this.#inner.writeState(rest);
    for (const name of Object.keys(values)) this.#written.markWritten(name);
  }

  async readState(names?: readonly string[]): Promise<Record<string, TensorData>> {
    const wanted = new Set(names ?? this.program.state.map(({ name }) => name));
    for (const name of wanted) stateSpec(this.program, name);
    const read: Record<string, TensorData> = {};
    for (const pack of this.#packs) {
      const places = placesIn(pack).filter(({ member }) => wanted.delete(member.name));
      if (places.length === 0) continue;
      const whole = (await this.#inner.readState([pack.name]))[pack.name]!;
      for (const { member, start } of places) {
        read[member.name] = whole.slice(start, start + elementCount(member));
      }
    }
    return { ...read, ...(wanted.size > 0 ? await this.#inner.readState([...wanted]) : {}) };
  }

  async run(inputs: NamedData): Promise<Record<string, TensorData>> {
    this.#written.assertComplete();
    assertInputs(this.program, inputs);
    return this.#inner.run(inputs);
  }

  dispose(): Promise<void> {
    return this.#inner.dispose();
  }
}

function placesIn(pack: StatePack) {
  let next = 0;
  return pack.members.map((member) => {
    const start = next;
    next += elementCount(member);
    return { member, start };
  });
}
