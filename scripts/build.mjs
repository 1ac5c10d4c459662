// Bundles the product into dist/. One file per process keeps start-up fast: a daemon reads one script instead of hundreds.
import { chmodSync, existsSync, readFileSync } from 'node:fs';

// A board installs without development dependencies and brings the bundles along: then there is nothing to build.
const esbuild = await import('esbuild').catch(() => null);
if (esbuild === null) {
  if (existsSync('dist/smd.js')) process.exit(0);
  console.error('There is no dist/ yet, and esbuild is not installed to build it: run npm ci with development dependencies.');
  process.exit(78);
}
const { build } = esbuild;

const { dependencies = {}, optionalDependencies = {}, devDependencies = {}, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const external = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2023',
  legalComments: 'none',
  logLevel: 'warning',
  define: { SM_VERSION: JSON.stringify(version) },
};
const node = { ...common, platform: 'node', external, sourcemap: 'linked' };

const products = [
  { ...common, format: 'iife', minify: true, platform: 'neutral', entryPoints: ['sandbox/guest/main.ts'], outfile: 'dist/guest.js' },
  { ...node, entryPoints: ['runtime/worker/main.ts'], outfile: 'dist/worker.js' },
  { ...node, entryPoints: ['runtime/main.ts'], outfile: 'dist/smd.js', banner: { js: '#!/usr/bin/env node' } },
  { ...node, entryPoints: ['cli/main.ts'], outfile: 'dist/sm.js', banner: { js: '#!/usr/bin/env node' }, splitting: false },
  { ...node, entryPoints: ['bench/main.ts'], outfile: 'dist/bench.js' },
  { ...node, entryPoints: ['bench/node-process.ts'], outfile: 'dist/bench-node.js' },
  { ...node, entryPoints: ['bench/ns3/main.ts'], outfile: 'dist/bench-ns3.js' },
  { ...node, entryPoints: ['bench/skeleton.ts'], outfile: 'dist/bench-skeleton.js' },
];

for (const product of products) {
  if (existsSync(product.entryPoints[0])) await build(product);
}

// `npx sm` runs the bundle itself, which npm makes executable only where the file was there before the build.
for (const program of ['dist/sm.js', 'dist/smd.js']) chmodSync(program, 0o755);
