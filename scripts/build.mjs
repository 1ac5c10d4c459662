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

const program = '#!/usr/bin/env node';

// A daemon's first lines are read by the shell, which starts Node with what keeps the daemon small and can only be said before it
// starts; to JavaScript they are a text and a comment.
// glibc keeps what a thread has freed. Compiling the engine frees 20 MiB in blocks of 32 KiB; from this size on they go back to the system.
const daemon = `#!/bin/sh
':' //; exec env MALLOC_MMAP_THRESHOLD_=32768 node "$0" "$@"`;

const products = [
  { ...common, format: 'iife', minify: true, platform: 'neutral', entryPoints: ['sandbox/guest/main.ts'], outfile: 'dist/guest.js' },
  { ...node, entryPoints: ['runtime/worker/main.ts'], outfile: 'dist/worker.js' },
  { ...node, entryPoints: ['runtime/main.ts'], outfile: 'dist/smd.js', banner: { js: daemon } },
  { ...node, entryPoints: ['cli/main.ts'], outfile: 'dist/sm.js', banner: { js: program }, splitting: false },
  { ...node, entryPoints: ['sim/experiments/main.ts'], outfile: 'dist/experiments.js' },
  { ...node, entryPoints: ['bench/main.ts'], outfile: 'dist/bench.js' },
  { ...node, entryPoints: ['bench/node-process.ts'], outfile: 'dist/bench-node.js', banner: { js: daemon } },
  { ...node, entryPoints: ['bench/ns3/main.ts'], outfile: 'dist/bench-ns3.js' },
  { ...node, format: 'cjs', entryPoints: ['bench/collector.ts'], outfile: 'dist/bench-collector.cjs' },
  { ...node, entryPoints: ['bench/skeleton.ts'], outfile: 'dist/bench-skeleton.js' },
];

for (const product of products) {
  if (existsSync(product.entryPoints[0])) await build(product);
}

// These run by themselves, and npm makes them executable only where they were there before the build.
for (const bundle of ['dist/sm.js', 'dist/smd.js', 'dist/bench-node.js']) chmodSync(bundle, 0o755);
