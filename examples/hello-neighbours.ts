// Hello, neighbours: one clone to every direct neighbour, each says hello in that node's log and leaves a greeting as a tag.
//
//   npx sm deploy examples/hello-neighbours.ts --wait
import { log, neighbours, self, spawn, sysMigrate, tags } from 'sm';

export default async function helloNeighbours({ lifetime = 60_000 } = {}) {
  const names = neighbours().map(({ name }) => name);
  const child = await spawn({ share: 0.5 });
  if (child !== null) return { from: self.nodeName, greeted: names };

  await sysMigrate(neighbours().map(({ id }) => id));
  log.info(`hello from ${self.origin.slice(0, 8)}, now on ${self.nodeName}`);
  const greeting = `public:greeting/${self.origin.slice(0, 8)}`;
  if (!tags.has(greeting)) tags.create(greeting, `hello, ${self.nodeName}`, { lifetime });
}
