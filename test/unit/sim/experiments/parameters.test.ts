/** Points that make no sense are refused, naming what is wrong, before anything is simulated. */
import { describe, expect, it } from 'vitest';
import type { Point, Setting } from '../../../../sim/experiments/experiment.ts';
import { EXPERIMENT_NAMES, loadExperiment } from '../../../../sim/experiments/registry.ts';

const SETTING: Setting = { guestSource: '', compile: () => expect.unreachable('nothing should be compiled') };

describe('an experiment', () => {
  it.each<[string, Point, string]>([
    ['pull-or-push', { routing: 'pull', share: 1.5, churn: 1 }, 'share is 1.5'],
    ['pull-or-push', { routing: 'pull', share: 0.5, churn: -1 }, 'churn is -1'],
    ['self-routing', { routing: 'hybrid', nodes: 0, radiusM: 100 }, 'nodes is 0'],
    ['self-routing', { routing: 'hybrid', nodes: 50, radiusM: -5 }, 'radiusM is -5'],
    ['scale', { nodes: 0 }, 'nodes is 0'],
    ['scale', { nodes: 1e9 }, 'nodes is 1000000000'],
    ['completion-time', { machine: 'abacus', routing: 'gpsr', code: 'cached' }, 'machine is abacus'],
  ])('%s refuses %o', async (name, point, words) => {
    const experiment = await loadExperiment(name);
    await expect((async () => experiment.compute(point, '1', SETTING))()).rejects.toThrow(words);
  });

  it('is refused when there is none of that name, with the names that there are', async () => {
    await expect(loadExperiment('quality')).rejects.toMatchObject({
      message: 'there is no experiment "quality"',
      hint: `Experiments: ${EXPERIMENT_NAMES.join(', ')}.`,
    });
    await expect(loadExperiment('constructor')).rejects.toThrow('there is no experiment');
  });

  it.each(EXPERIMENT_NAMES)(
    '%s is whole: figures show measures and parts of points that exist, and points are told apart',
    async (name) => {
      const { measures, sizes, figures, parameters } = await loadExperiment(name);
      expect(figures.length).toBeGreaterThan(0);
      expect(parameters.length).toBeGreaterThan(0);
      for (const batches of [sizes.default, sizes.full]) {
        const points = batches.map(({ point }) => JSON.stringify(point));
        expect(new Set(points).size).toBe(points.length);
        for (const { panels } of figures)
          for (const { x, colour, where = {}, measures: shown } of panels) {
            for (const measure of shown) expect(measures).toHaveProperty(measure);
            const drawn = batches.filter(({ point }) =>
              Object.entries(where).every(([field, value]) => [value].flat().includes(point[field]!)),
            );
            expect(drawn.length).toBeGreaterThan(1);
            for (const { point } of drawn) {
              expect(point).toHaveProperty(x.field);
              if (colour !== undefined) expect(point).toHaveProperty(colour.field);
            }
          }
      }
    },
  );
});
