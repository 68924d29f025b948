// Entry point of an image worker thread.
import { imageWork } from './imageWork.ts';
import { serveTasks } from './workKind.ts';

await serveTasks(imageWork);
