// What is chosen after a press in a list: one thing turned over, or a stretch from the press before. Pure.

export interface Press {
  /** Where the press before was. */
  readonly anchor: number;
  readonly index: number;
  readonly isStretch: boolean;
}

/** The keys that are chosen then. */
export function choosePressed<Key>(
  chosen: ReadonlySet<Key> | undefined,
  keyAt: (index: number) => Key,
  { anchor, index, isStretch }: Press,
): Set<Key> {
  const next = new Set(chosen);
  const [from, to] = [Math.min(anchor, index), Math.max(anchor, index)];
  if (isStretch) for (let at = from; at <= to; at++) next.add(keyAt(at));
  else if (!next.delete(keyAt(index))) next.add(keyAt(index));
  return next;
}
