// Walks from neighbour to neighbour, away from where it came from, and says how many nodes it has seen.
import { neighbours, random, self, sleep, sysMigrate } from 'sm';

export default async function ramble({ hops = 10 }) {
  const seen = [self.node];
  for (let done = 0; done < hops; done++) {
    const onward = neighbours().filter(({ id }) => id !== self.previous);
    const choices = onward.length > 0 ? onward : neighbours();
    const next = choices[Math.floor(random() * choices.length)];
    if (next === undefined) {
      await sleep(1000);
      continue;
    }
    try {
      await sysMigrate(next.id);
    } catch (error) {
      // The neighbour has gone or has no room: we are still here and try another.
      if (!['MigrationTimeout', 'MigrationRefused'].includes((error as Error).name)) throw error;
    }
    if (!seen.includes(self.node)) seen.push(self.node);
  }
  return seen.length;
}
