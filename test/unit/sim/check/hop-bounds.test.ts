import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mostHopsOf, ROUTERS } from '../../../../sim/check/hop-bounds.ts';

const ROUTING = join(import.meta.dirname, '../../../../routing');

/** The value of a constant of a router, or of a property of its defaults. */
function constantOf(file: string, name: string): number {
  const found = new RegExp(`\\b${name}(?: =|:) ([\\d_]+)`).exec(readFileSync(join(ROUTING, file), 'utf8'));
  if (found === null) throw new Error(`${file} has no ${name}`);
  return Number(found[1]!.replaceAll('_', ''));
}

describe('the most hops of journeys', () => {
  it('follow from the bounds that routers keep', () => {
    const nodes = 10;
    const hops = Object.fromEntries(ROUTERS.map((via) => [via, mostHopsOf({ via, most: 1 }, nodes)]));
    const pull = (constantOf('pull/index.ts', 'MAX_REPAIRS') + 1) * 9;
    const explorers = 2 * constantOf('pull/index.ts', 'RADIUS_MAX');
    const gpsr = 9 + (constantOf('gpsr/index.ts', 'RESTARTS_MAX') + 1) * 60;
    expect(hops).toEqual({
      direct: 1,
      pull: pull + explorers,
      push: constantOf('push/index.ts', 'TRIES_MAX') * 9 + nodes,
      aodv: (constantOf('aodv/index.ts', 'MAX_BROKEN') + 1) * 9 + 2 * constantOf('aodv/parameters.ts', 'NET_DIAMETER'),
      gpsr,
      hybrid: gpsr + pull + explorers,
    });
  });

  it('grow with journeys, and with the network only as far as routers go', () => {
    expect(mostHopsOf({ via: 'aodv', most: 2 }, 10)).toBe(2 * 17 * 9 + 70);
    expect(mostHopsOf({ via: 'aodv', most: 1 }, 20_000)).toBe(17 * 70 + 70);
    const perimeter = constantOf('gpsr/index.ts', 'PERIMETER_HOPS_MAX');
    expect(mostHopsOf({ via: 'gpsr', most: 1 }, 5000)).toBe(4999 + 4 * perimeter);
  });
});
