// The process that measures one task: the task comes as JSON in the only argument, the figures leave as a message.
import { serializeError } from '../../contract/errors.ts';
import type { BenchTask } from './configurations.ts';
import { measureTask } from './measureStep.ts';

const task = JSON.parse(process.argv[2] ?? '{}') as BenchTask;
try {
  process.send?.({ figures: await measureTask(task) });
} catch (error) {
  process.send?.({ error: serializeError(error) });
}
process.disconnect?.();
