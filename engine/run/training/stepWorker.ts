// Entry point of a worker thread that prepares training steps.
import { serveTasks } from '../../data/workKind.ts';
import { stepWork } from './stepLoader.ts';

await serveTasks(stepWork);
