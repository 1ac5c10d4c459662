/** The same story on real daemons and in the simulator: the same code is carried by the same hops and the same messages. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realNetwork, realStage } from './both/real.ts';
import { simulatedStage } from './both/simulated.ts';
import { playOn, type Story } from './both/story.ts';
import type { TestNetwork } from './support/network.ts';

let network: TestNetwork;
let real: Story;
let simulated: Story;

beforeAll(async () => {
  network = await realNetwork();
  const stage = await realStage(network);
  simulated = await playOn(await simulatedStage(stage.ids));
  real = await playOn(stage);
});
afterAll(() => network.stop());

describe('the same story, real and simulated', () => {
  it('is told by the same bricks', () => {
    expect(real.bricks).toEqual(simulated.bricks);
  });

  it('goes the same ways, hop by hop, and comes to the same end', () => {
    expect(real.chapters).toEqual(simulated.chapters);
  });

  it('sends as many messages of each type from each node', () => {
    expect(real.counts).toEqual(simulated.counts);
  });
});
