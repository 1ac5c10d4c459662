/** The example town-average where many nodes are near each other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RandomStream } from '../../sim/random.ts';
import { connected, uniform } from '../../sim/topology/placements.ts';
import { unitDiskField, valueFrom, worldOfField } from '../support/fields.ts';

const NODES = 40;
const AREA = { widthM: 420, heightM: 420 };
const RANGE_M = 100;
const source = readFileSync(join(import.meta.dirname, '../../examples/town-average.ts'), 'utf8');

it.each(['1', '2', '3'])('reaches most of a crowded town with the usual budget: field %s', async (seed) => {
  const draw = RandomStream.of(seed, 'town-average');
  const field = unitDiskField(connected(() => uniform(NODES, AREA, draw), RANGE_M).positions, RANGE_M);
  const network = await worldOfField(field, seed);
  const { coverage } = (await valueFrom(network, source, 0, { patience: 20_000 })) as { coverage: { reached: number } };
  expect(coverage.reached).toBeGreaterThan(NODES / 2);
});
