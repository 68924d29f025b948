// Two projects: everything that runs in Node, and the interface's state, whose runes the Svelte plugin compiles.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { testDataFolder } from './tests/globalSetup.ts';

export default defineConfig({
  test: {
    globalSetup: ['tests/globalSetup.ts'],
    // Tests, and the programs they start, never touch what a person's own Thimble remembers.
    env: { THIMBLE_DATA: testDataFolder, THIMBLE_TENSORFLOW: '' },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        // tfjs is inlined so that its ES modules (which register gradients) are used.
        resolve: { mainFields: ['module', 'main'] },
        ssr: { resolve: { mainFields: ['module', 'main'] } },
        test: {
          name: 'node',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/renderer/**'],
          server: { deps: { inline: [/@tensorflow\//] } },
        },
      },
      {
        extends: true,
        plugins: [svelte()],
        // The page's runtime: compiled for a server, effects would never run.
        resolve: { conditions: ['browser'] },
        test: {
          name: 'renderer',
          environment: './tests/renderer/clientEnvironment.ts',
          include: ['tests/renderer/**/*.test.ts'],
        },
      },
    ],
  },
});
