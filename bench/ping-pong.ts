/** The program that the hop benchmarks send: hops between the two nodes with 1 kB of data on board. */
export const PING_PONG = `
import { neighbours, sysMigrate } from 'sm';
export default async function pingPong({ hops = 100 }) {
  const load = 'x'.repeat(1000);
  for (let hop = 0; hop < hops; hop++) await sysMigrate(neighbours()[0].id);
  return load.length;
}`;
