// Builds the interface into dist/renderer: one page, everything bundled, nothing fetched from elsewhere.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const root = import.meta.dirname;

/**
 * Svelte writes a fixed style attribute into markup that it has parsed, and the content policy refuses that: `display: contents`
 * of the palette's items did nothing. A directive says the same by script, which is allowed. For packages; ours have none.
 */
const styleDirectives: Plugin = {
  name: 'style-directives',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('node_modules') || !id.endsWith('.svelte')) return null;
    const safe = code.replaceAll(/\sstyle="([a-z-]+):\s*([^;"{}]+);?"/g, ' style:$1="$2"');
    // Lines stay lines, so what the map says of them stays true.
    return safe === code ? null : { code: safe, map: null };
  },
};

export default defineConfig({
  root,
  base: './',
  plugins: [styleDirectives, svelte()],
  build: {
    outDir: join(root, '..', 'dist', 'renderer'),
    emptyOutDir: true,
    target: 'es2023',
    // Inlined files would be data: addresses, which the content policy allows for images only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
});
