// Which executor new runs use: the one that is named, else the person's choice, else the fastest that was measured here.
import { EngineError } from '../../contract/errors.ts';
import type { AppData } from '../../project/appData.ts';
import { listExecutors, type ExecutorDescription, type ExecutorId } from '../../runtime/executors.ts';
import { describeMachine } from './machine.ts';

/** Where nothing was chosen or measured. */
const usualExecutor: ExecutorId = 'compiled-cpu';

/** Under which the app remembers an executor's rate: it may move to another machine with the person's files. */
export function rateName(id: string): string {
  return `${id}, ${describeMachine()}`;
}

/** The executor of new runs where none is named. */
export function findDefaultExecutor(known: readonly ExecutorDescription[], app: AppData): ExecutorId {
  const usable = known.filter(({ available }) => available).map(({ id }) => id);
  const chosen = usable.find((id) => id === app.readSettings().executor);
  if (chosen) return chosen;
  const rates = app.deviceRates.read();
  const rateOf = (id: ExecutorId) => rates[rateName(id)]?.imagesPerSecond ?? 0;
  // Of equals, e.g. where nothing was measured, the usual one.
  return usable.reduce<ExecutorId>((best, id) => (rateOf(id) > rateOf(best) ? id : best), usualExecutor);
}

/** `auto` and undefined leave the choice to findDefaultExecutor. Throws executor.unavailable. */
export async function chooseExecutor(asked: string | undefined, app: AppData): Promise<ExecutorId> {
  const known = await listExecutors();
  if (asked === undefined || asked === 'auto') return findDefaultExecutor(known, app);
  const found = known.find(({ id }) => id === asked);
  if (found?.available) return found.id;
  const usable = known.filter(({ available }) => available).map(({ id }) => id);
  throw new EngineError(
    'executor.unavailable',
    `there is no executor ${asked} here${found?.reason ? `: ${found.reason}` : ''}; available: ${usable.join(', ')}`,
  );
}
