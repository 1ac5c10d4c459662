/**
 * `npm run bench:ns3`: measures with ns-3 what our simulator and our AODV are compared with, and writes it to bench/ns3/results/. Needs ns-3.37 and a C++
 * compiler (Debian: `apt-get install g++ libns3-dev`); the comparisons themselves only read the results.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureAodv } from './aodv.ts';
import { measureRadio } from './radio.ts';

const folder = await mkdtemp(join(tmpdir(), 'ns3-'));
try {
  await measureRadio(folder);
  await measureAodv(folder);
} finally {
  await rm(folder, { recursive: true });
}
