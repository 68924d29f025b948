// Charts are drawn one after another, each in a task of its own: five at once would hold up the page for as long as a person
// notices. Whoever asks again before its turn came is drawn once, as it is then.

const waiting = new Map<object, () => void>();
let isScheduled = false;

function drawNext(): void {
  const next = waiting.entries().next();
  if (next.done) {
    isScheduled = false;
    return;
  }
  const [key, draw] = next.value;
  waiting.delete(key);
  setTimeout(drawNext);
  draw();
}

/** Draws when the turn of `key` has come, in the order of asking. */
export function drawInTurn(key: object, draw: () => void): void {
  waiting.set(key, draw);
  if (isScheduled) return;
  isScheduled = true;
  setTimeout(drawNext);
}

/** Nobody wants it any more. */
export function giveUpTurn(key: object): void {
  waiting.delete(key);
}
