// Where the interface's tests run: in Node, but compiled as for a browser, so that effects and derived state are the page's.
import type { Environment } from 'vitest/runtime';

export default {
  name: 'client',
  viteEnvironment: 'client',
  setup: () => ({ teardown: () => undefined }),
} satisfies Environment;
