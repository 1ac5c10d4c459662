/**
 * Two hills with mobile sprinklers, for spatial programs: whole nodes in simulated time, with simulated devices. A row of relays leads from
 * node 0 over the Left Hill (300 to 500 m east) to the Right Hill (900 to 1100 m).
 */
import { createSimulatedDriver } from '../../drivers/simulated.ts';
import type { Position } from '../../sim/geometry.ts';
import type { Launched } from '../../sim/launches.ts';
import { unitDiskGraph } from '../../sim/topology/graph.ts';
import type { World } from '../../sim/world.ts';
import { launchFrom, linksOf, locationOf, nodesWith, setTag, unitDiskField, valueOf, worldOfField, type Field } from './fields.ts';

const RANGE_M = 110;
const RELAYS = 12;
/** Tags at which programs of these tests wait, and by which they say that they do; a number follows. */
export const GO_ON = 'public:go-on/';
export const WAITING = 'public:waiting/';

const at = (xM: number, yM: number): Position => ({ xM, yM });

/** Sprinklers by node, with the temperature they measure. */
export const CELSIUS: Readonly<Record<number, number>> = { 12: 24, 13: 31, 14: 27, 15: 40 };
export const SPRINKLERS = { onLeft: [12, 13, 14], onRight: [15] } as const;
export const SPRINKLER = 'io:sprinkler-switch';

export const HILLS = {
  'Left Hill': { centre: locationOf(at(400, 60)), radiusMetres: 130 },
  'Right Hill': { centre: locationOf(at(1000, 60)), radiusMetres: 130 },
};
/** Places of the field. */
export const ON_RIGHT_HILL = at(1050, 60);
export const ELSEWHERE_ON_LEFT_HILL = at(500, 90);
export const NOWHERE = at(400, 3_000);

interface MovableField extends Field {
  positions: Position[];
  graph: Field['graph'];
}

export class Hills {
  readonly world: World;
  readonly #field: MovableField;

  private constructor(world: World, field: MovableField) {
    this.world = world;
    this.#field = field;
  }

  static async standing(): Promise<Hills> {
    const relays = Array.from({ length: RELAYS }, (_, index) => at(index * 100, 0));
    const positions = [...relays, at(330, 80), at(400, 90), at(450, 80), at(1000, 80)];
    const field = { ...unitDiskField(positions, RANGE_M), positions };
    const world = await worldOfField(field, 'hills', (node, clock) => {
      const value = CELSIUS[node];
      if (value === undefined) return [];
      const thermometer = { kind: 'thermometer', tag: 'io:thermometer', value, unit: 'celsius', swing: 0, periodMs: 60_000 } as const;
      const sprinkler = { kind: 'light', tag: 'io:sprinkler', delayMs: 200 } as const;
      return [createSimulatedDriver({ clock, devices: [thermometer, sprinkler] })];
    });
    return new Hills(world, field);
  }

  /** Carries a node elsewhere, and waits until the network is as it then has to be. */
  async carry(node: number, to: Position): Promise<void> {
    this.#field.positions[node] = to;
    this.#field.graph = unitDiskGraph(this.#field.positions, RANGE_M);
    await linksOf(this.world, this.#field);
  }

  /** The end of a node. */
  async destroy(node: number): Promise<void> {
    this.world.nodes[node]!.crash();
    await linksOf(this.world, this.#field);
  }

  /** Launches a program at node 0. */
  launch(source: string, args: object): Launched {
    return launchFrom(this.world, source, 0, args);
  }

  /** Runs a program from node 0. The n-th time that it waits there for the tag {@link GO_ON}n, does what it is given n-th first. */
  async run(source: string, ...meanwhile: readonly (() => Promise<void>)[]): Promise<unknown> {
    const launched = this.launch(source, { regions: HILLS });
    for (const [round, act] of meanwhile.entries()) {
      const isWaiting = (): boolean => launched.isOver || nodesWith(this.world, `${WAITING}${round}`).length > 0;
      if (!(await this.world.until(isWaiting, 60_000))) throw new Error('the program does not wait');
      await act();
      await setTag(this.world, 0, `${GO_ON}${round}`, true);
    }
    return valueOf(this.world, launched);
  }

  /** The nodes whose sprinklers are on. */
  watering(): readonly number[] {
    const isOn = (node: number): boolean => this.world.nodes[node]!.node.engine.tags.read(SPRINKLER, this.world.nowMs)?.value === 1;
    return Object.keys(CELSIUS)
      .map(Number)
      .filter((node) => isOn(node));
  }
}
