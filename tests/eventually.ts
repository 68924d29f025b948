// Waits until a check holds, long enough for a machine that has much else to do.
import { vi } from 'vitest';

/** Rejects with what the check last said. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 60_000, interval: 20 });
}
