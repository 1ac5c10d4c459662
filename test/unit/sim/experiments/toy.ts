/** An experiment that computes at once, for tests of what surrounds experiments. */
import { batches, combinations, type Experiment, type Values } from '../../../../sim/experiments/experiment.ts';
import type { Computer, Task } from '../../../../sim/experiments/runner.ts';

const POINTS = combinations({ way: ['there', 'back'], nodes: [10, 20, 30] });

export const toy: Experiment = {
  name: 'toy',
  title: 'A toy',
  claim: 'Twice as many nodes take twice as long.',
  source: 'nowhere',
  parameters: [{ name: 'range', value: 100, unit: 'm', source: 'assumption' }],
  measures: { timeMs: { title: 'Time', unit: 'ms' }, bytes: { title: 'Bytes', unit: 'B' } },
  sizes: { default: batches(POINTS, 3), full: batches(POINTS, 9) },
  figures: [
    {
      name: '',
      title: 'Time by nodes',
      labels: { there: 'on the way there', back: 'on the way back' },
      panels: [
        {
          kind: 'lines',
          x: { field: 'nodes', title: 'Nodes in all', unit: '1' },
          y: { title: 'Time taken', unit: 'ms' },
          measures: ['timeMs'],
          colour: { field: 'way', title: 'Which way' },
        },
      ],
    },
    {
      name: 'bars',
      title: 'Bytes by way',
      panels: [
        {
          kind: 'bars',
          where: { nodes: 20 },
          x: { field: 'way', title: 'Way', unit: '' },
          y: { title: 'Load', unit: 'B' },
          measures: ['bytes'],
          references: { title: 'measured elsewhere', values: [{ point: { way: 'back' }, value: 150 }] },
        },
      ],
    },
  ],
  compute: ({ way, nodes }, seed) => Promise.resolve(valuesOf(way === 'there', Number(nodes), Number(seed))),
};

/** No time is known of the way back of ten nodes with the second seed. */
function valuesOf(isThere: boolean, nodes: number, seed: number): Values {
  return { timeMs: !isThere && nodes === 10 && seed === 2 ? null : nodes * 10 + seed * (isThere ? 1 : 5), bytes: nodes * seed * 4 };
}

/** Computes in this process. */
export function computerHere(experiment: Experiment, told: (what: string, task?: Task) => void = () => {}): Computer {
  told('opened');
  return {
    compute(task) {
      told('computes', task);
      return experiment.compute(task.point, task.seed, { guestSource: '', compile: () => expectNoCompiling() });
    },
    close: () => told('closed'),
  };
}

function expectNoCompiling(): never {
  throw new Error('nothing should be compiled');
}
