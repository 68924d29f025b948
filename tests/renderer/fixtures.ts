// What tests of the interface's state stand on: runs as the engine tells them, and an engine in the test's hands.
import type { EngineEventName, EngineEvents } from '../../engine/contract/contract.ts';
import { presets } from '../../engine/contract/presets.ts';
import type { RequestName } from '../../engine/contract/requests.ts';
import type { RunDetails, RunSummary } from '../../engine/contract/run.ts';
import { wireVersion, type ClientMessage, type EngineMessage } from '../../engine/contract/wire.ts';
import type { ConnectionState, Transport } from '../../renderer/bridge/transport.ts';

export function summaryOf(change: Partial<RunSummary> = {}): RunSummary {
  return {
    id: 1,
    name: 'quick, seed 47',
    notes: '',
    tags: [],
    state: 'finished',
    asked: null,
    datasetId: 1,
    splitId: 1,
    protocol: 'clean',
    seed: 47,
    executor: 'compiled-cpu',
    device: null,
    step: 100,
    totalSteps: 100,
    trainingMs: 10_000,
    createdAtMs: 1,
    startedAtMs: 2,
    endedAtMs: 3,
    trashedAtMs: null,
    failure: null,
    lastLoss: null,
    lastKnn: null,
    randomKnn: null,
    score: null,
    ...change,
  };
}

export function detailsOf(change: Partial<RunDetails> = {}): RunDetails {
  return {
    ...summaryOf(),
    config: presets.quick.config,
    versions: {},
    manifestHash: 'd'.repeat(64),
    plan: null,
    events: [],
    checkpoints: [],
    ...change,
  };
}

type Asked = Extract<ClientMessage, { kind: 'request' }>;

/** An engine that answers only when the test says so. */
export class HandEngine implements Transport {
  readonly asked: Asked[] = [];
  readonly cancelled: number[] = [];
  #deliver: (message: EngineMessage) => void = () => undefined;

  send(message: ClientMessage): void {
    if (message.kind === 'request') this.asked.push(message);
    if (message.kind === 'cancel') this.cancelled.push(message.id);
  }
  onMessage(listener: (message: EngineMessage) => void): void {
    this.#deliver = listener;
    listener({ kind: 'hello', wire: wireVersion, version: '1', engine: 'a' });
  }
  onState(listener: (state: ConnectionState) => void): void {
    listener('open');
  }
  imageUrl(): string {
    return '';
  }

  /** Questions of this name that were asked so far. */
  of(name: RequestName): Asked[] {
    return this.asked.filter((message) => message.name === name);
  }

  async answer(asked: Asked | undefined, result: unknown): Promise<void> {
    this.#deliver({ kind: 'result', id: asked!.id, result: result as never });
    await settle();
  }

  async refuse(asked: Asked | undefined, code: 'cancelled' | 'internal' | 'request.invalid'): Promise<void> {
    this.#deliver({ kind: 'error', id: asked!.id, error: { code, message: code, details: {} } });
    await settle();
  }

  async say<Name extends EngineEventName>(
    project: string | null,
    name: Name,
    event: EngineEvents[Name],
    id: number | null = null,
  ): Promise<void> {
    this.#deliver({ kind: 'event', id, project, name, event } as EngineMessage);
    await settle();
  }
}

/** Lets what waits on answers go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
