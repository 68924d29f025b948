// What a device is, in words.
import type { DeviceInfo } from '../../engine/contract/answers.ts';
import { formatBytes } from '../widgets/format.ts';

/** `Graphics card, compiled: Radeon 780M`. */
export function describeDevice({ label, deviceName }: Pick<DeviceInfo, 'label' | 'deviceName'>): string {
  return deviceName === null ? label : `${label}: ${deviceName}`;
}

const executorLabels: Readonly<Record<string, string>> = {
  'compiled-cpu': 'CPU, compiled',
  'compiled-webgpu': 'GPU, compiled (WebGPU)',
  'eager-cpu': 'CPU, operation by operation',
};

/** What computes a run, where no machine has been asked yet; its id where it is not known (one of a newer version). */
export function nameExecutor(id: string): string {
  return executorLabels[id] ?? id;
}

/** Whether a person would want to train on it: a reference only serves comparisons. */
export function isTrainable({ available, isReference }: DeviceInfo): boolean {
  return available && !isReference;
}

/** `AMD · Vulkan · driver 25.0.7 · 4.3 GB · half precision`; empty where nothing is known. */
export function describeFacts({
  vendor,
  backend,
  driver,
  memoryBytes,
  kind,
  halfPrecision,
}: DeviceInfo): string {
  const memory = memoryBytes === null ? null : `${formatBytes(memoryBytes)} of memory`;
  // A processor's name begins with its maker's.
  const facts = [
    kind === 'gpu' ? vendor : null,
    backend,
    driver === null ? null : `driver ${driver}`,
    memory,
    halfPrecision ? 'half precision' : null,
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}

/** What to know about a device that can be used but is not chosen by itself; null where there is nothing. */
export function describeCaveat({ isSoftware, isReference }: DeviceInfo): string | null {
  if (isSoftware)
    return 'A program on the processor that passes for a graphics card: never chosen by itself.';
  return isReference ? 'Slow: there to compare others with, never chosen by itself.' : null;
}
