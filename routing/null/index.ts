/**
 * The null router: reaches direct neighbours by node id or name, and nothing else. It keeps no tags and sends no explorers.
 * Use it where the program knows its neighbours, or as the smallest example of the routing interface.
 */
import { neighbours, sysMigrate } from 'sm';
import type { Journey } from 'sm';

/** Returns the reason it gave up, or nothing on arrival. */
export async function direct(journey: Journey): Promise<string | void> {
  const wanted = journey.to.node;
  const neighbour = neighbours().find(({ id, name }) => id === wanted || name === wanted);
  if (neighbour === undefined) return 'not a direct neighbour';
  try {
    await sysMigrate(neighbour.id);
  } catch (error) {
    return (error as Error).message;
  }
}
