/** The network of the tests of `sm`: real daemons in a line porch - hall - attic. */
import { plainNode, TestNetwork } from '../support/network.ts';

export function startLine(): Promise<TestNetwork> {
  return TestNetwork.start([
    plainNode('porch', [], {
      location: '40.5,-74.4',
      offer: ['io:load*', 'io:light*', 'io:location'],
      simulated: ['- kind: light', '  delayMs: 0'],
    }),
    plainNode('hall', ['porch'], { offer: ['io:load*'] }),
    plainNode('attic', ['hall'], { offer: ['io:thermometer'], simulated: ['- kind: thermometer', '  value: 21.5'] }),
  ]);
}

/** From porch to attic, where the thermometer is, and back. */
export const TOUR = `
import { migrate, self, tags } from 'sm';
import { pull } from 'sm/routing/pull';
export default async function tour({ greeting = 'none', count = 0 }) {
  await migrate({ tags: ['io:thermometer'] }, { via: pull, timeout: 120_000 });
  const { value, unit } = tags.read('io:thermometer');
  const there = self.nodeName;
  await migrate({ node: self.origin }, { via: pull, timeout: 120_000 });
  return { value, unit, there, greeting, count };
}`;
