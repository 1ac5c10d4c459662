// Visits every node that carries a tag, and brings home the most extreme reading and where it was found.
//
//   npx sm deploy examples/extreme-reading.ts --arg tag=io:process/memory --arg visits=3 --wait
import { migrate, self, tags } from 'sm';
import { pull } from 'sm/routing/pull';

interface Options {
  /** The tag to look for. */
  tag?: string;
  /** Stop after so many nodes; without it, go on until no further node is found in time. */
  visits?: number;
  /** Look for the lowest instead of the highest reading. */
  lowest?: boolean;
  /** How long to look for the next node, in milliseconds. */
  timeout?: number;
}

interface Reading {
  value: number;
  unit: string;
  /** Name of the node. */
  node: string;
}

export default async function extremeReading({ tag = 'io:process/memory', visits = Infinity, lowest = false, timeout = 5_000 }: Options) {
  const seen: string[] = [];
  const readings: Reading[] = [];
  while (seen.length < visits) {
    try {
      await migrate({ tags: [tag] }, { via: pull, except: seen, timeout });
    } catch (error) {
      if (error.name === 'MigrationTimeout') break; // No further node in time: what we have is the answer.
      throw error;
    }
    seen.push(self.node);
    const { value, unit } = tags.read(tag);
    if (typeof value === 'number') readings.push({ value, unit, node: self.nodeName });
  }
  await migrate({ node: self.origin }, { via: pull, timeout: 30_000 });
  return { tag, best: extreme(readings, lowest), visited: seen.length, readings };
}

function extreme(readings: Reading[], lowest: boolean): Reading | null {
  let best: Reading | null = null;
  for (const reading of readings) {
    if (best === null || (lowest ? reading.value < best.value : reading.value > best.value)) best = reading;
  }
  return best;
}
