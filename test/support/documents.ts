/** Example documents. */
import type { LaunchRequest, Manifest, ResourceTable } from '../../core/program.ts';

export const RESOURCES: ResourceTable = {
  cpuMsPerSlice: 200,
  memoryBytes: 8 << 20,
  lifetimeMs: 3_600_000,
  bytesPerHop: 262_144,
  tags: 64,
  reads: ['io:temperature', 'io:*'],
  drives: ['io:switch'],
};

export const MANIFEST: Manifest = {
  name: 'tour',
  entry: 1,
  bricks: ['ab'.repeat(32), 'cd'.repeat(32)],
  importMap: [{ sm: 'sm:host' }, { './a.js': 0, sm: 'sm:host' }],
  compiler: '1.2.3',
  resources: RESOURCES,
  succeeds: ['ef'.repeat(32)],
};

export function launchRequest(facts: Pick<LaunchRequest, 'network' | 'origin' | 'expiresAtMs'>): LaunchRequest {
  return {
    ...facts,
    manifest: 'ab'.repeat(32),
    arguments: '{"visits":3}',
    resources: RESOURCES,
    budget: { hops: 256, cpuMs: 60_000, bytes: 16 << 20, children: 64 },
    reserve: { hops: 1, cpuMs: 2, bytes: 3, children: 4 },
    inDoubt: 'duplicate',
    inDoubtTimeoutMs: 60_000,
    guard: 0,
    transient: true,
    nonce: '0f'.repeat(16),
  };
}
