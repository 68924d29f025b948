import type { RequestResults } from '../../engine/contract/contract.ts';
import type { RequestName, RequestPayload } from '../../engine/contract/requests.ts';
import type { EngineEventMessage } from '../../engine/contract/wire.ts';
import type { EngineQuestion, TrainingAnswer } from '../../electron/ipc/engineControl.ts';

export class HostedEngine {
  constructor(bundleFolder: string, environment?: Record<string, string>);
  readonly events: EngineEventMessage[];
  readonly childCount: number;
  request<Name extends RequestName>(name: Name, payload: RequestPayload<Name>): Promise<RequestResults[Name]>;
  ask(question: EngineQuestion): Promise<TrainingAnswer>;
  close(): Promise<void>;
}
