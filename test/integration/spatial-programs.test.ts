/** The example and the guide's programs of spatial programming, on whole nodes in simulated networks. */
import { beforeEach, describe, expect, it } from 'vitest';
import { setTag, valueOf } from '../support/fields.ts';
import { CELSIUS, HILLS, Hills, ON_RIGHT_HILL, SPRINKLERS } from '../support/hills.ts';
import { codeBlocks, textOf } from '../unit/docs/documents.ts';

let hills: Hills;
beforeEach(async () => {
  hills = await Hills.standing();
});

const GUIDE = codeBlocks(textOf('docs/guide/spatial-programming.md')).filter(({ info }) => info === 'ts program');
const [leftHill, rightHill] = [HILLS['Left Hill'], HILLS['Right Hill']];

function shown(name: string): string {
  const found = GUIDE.filter(({ text }) => text.includes(`function ${name}(`));
  expect(found.length).toBe(1);
  return found[0]!.text;
}

describe('examples/sprinklers.ts', () => {
  const args = { ...leftHill.centre, radius: leftHill.radiusMetres, reach: 60, water: 30_000, timeout: 8_000 };
  /** On the Left Hill it is hottest at 13; 14 is within 60 m of it, 12 is not. */
  const [, hottest, near] = SPRINKLERS.onLeft;

  it('waters the hottest spot, and turns the same sprinklers off, one of which was carried away while it was on', async () => {
    const launched = hills.launch(textOf('examples/sprinklers.ts'), args);
    const isWatering = (): boolean => hills.watering().length === 2;
    expect(await hills.world.until(isWatering, 60_000)).toBe(true);
    expect(hills.watering()).toEqual([hottest, near]);
    await hills.carry(near, ON_RIGHT_HILL);
    const value = (await valueOf(hills.world, launched)) as { hottest: object; watered: string[]; left: string[] };
    expect(value.hottest).toEqual({ node: `n${hottest}`, celsius: CELSIUS[hottest] });
    expect(value.watered.sort()).toEqual([`n${hottest}`, `n${near}`]);
    expect(value.left).toEqual([]);
    expect(hills.watering()).toEqual([]);
    expect(launched.result()!.endedAt).toMatchObject({ name: 'n0' });
  });

  it('says which sprinkler it could not turn off', async () => {
    const launched = hills.launch(textOf('examples/sprinklers.ts'), args);
    expect(await hills.world.until(() => hills.watering().length === 2, 60_000)).toBe(true);
    // The program waits at the one that it turned on last.
    const other = [hottest, near].find((node) => [...hills.world.nodes[node]!.node.engine.list()].length === 0)!;
    await hills.destroy(other);
    expect(await valueOf(hills.world, launched)).toMatchObject({ left: [`n${other}`] });
  });
});

describe('docs/guide/spatial-programming.md', () => {
  it('shows programs that are all run here', () => expect(GUIDE.length).toBe(3));

  it('compares two hills', async () => {
    const value = await valueOf(hills.world, hills.launch(shown('warmer'), { leftHill, rightHill }));
    expect(value).toBe('Right Hill');
  });

  it('follows a device from one hill to the other', async () => {
    const launched = hills.launch(shown('follow'), { leftHill, rightHill, pause: 20_000 });
    const bound = SPRINKLERS.onLeft[0];
    const residents = () => [...hills.world.nodes[0]!.node.engine.list()].map(({ resting }) => resting.header);
    const wasThere = (): boolean => residents().some(({ root, hops }) => root && hops > 0);
    expect(await hills.world.until(wasThere, 60_000)).toBe(true);
    await hills.carry(bound, ON_RIGHT_HILL);
    expect(await valueOf(hills.world, launched)).toEqual(['left', 'right', 'right']);
  });

  it('finds who is near a fire', async () => {
    await setTag(hills.world, SPRINKLERS.onLeft[2], 'public:fire', true);
    // The other sprinklers of the hill are 51 m and 120 m away.
    const value = await valueOf(hills.world, hills.launch(shown('nearFire'), { radiusMetres: 80 }));
    expect((value as string[]).sort()).toEqual(SPRINKLERS.onLeft.slice(1).map((node) => `n${node}`));
  });
});
