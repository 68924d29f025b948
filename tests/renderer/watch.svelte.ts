// Runs something as a component's effect would: soon, and again whenever what it read changes. Returns how to end it.
export function watch(effect: () => void | (() => void)): () => void {
  return $effect.root(() => {
    $effect(effect);
  });
}
