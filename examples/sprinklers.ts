// The sprinklers of the Spatial Programming papers: waters the hottest spot of a hill. Sprinklers and thermometers are named by where
// they are; nobody has to know which there are, and sprinklers may be carried about while they are on.
//
//   npx sm deploy examples/sprinklers.ts --arg latitude=40.52 --arg longitude=-74.46 --wait
import { location, migrate, self, sleep } from 'sm';
import { hybrid } from 'sm/routing/hybrid';
import { AccessTimeout, spaces, type Reference } from 'sm/space';

export const resources = { reads: ['io:thermometer'], drives: ['io:sprinkler-switch'] };

interface Options {
  /** The middle of the hill, in degrees. */
  latitude: number;
  longitude: number;
  /** How far the hill reaches, and how far from the hottest spot sprinklers are of use, in metres. */
  radius?: number;
  reach?: number;
  /** How long to water, in milliseconds. */
  water?: number;
  /** How long to look for each device, in milliseconds. */
  timeout?: number;
}

interface Reading {
  thermometer: Reference;
  celsius: number;
  /** Name of the node. */
  node: string;
}

export default async function sprinklers({ latitude, longitude, radius = 150, reach = 60, water = 10_000, timeout = 10_000 }: Options) {
  const home = { node: self.node, at: location() };
  const hill = { centre: { latitude, longitude }, radiusMetres: radius };
  const space = spaces({ via: hybrid, timeout, regions: { 'Left Hill': hill } });

  const readings: Reading[] = [];
  await accessAll(space('Left Hill').tag('io:thermometer'), async (thermometer) => {
    const celsius = await thermometer.read<number>();
    readings.push({ thermometer, celsius, node: self.nodeName });
  });
  if (readings.length === 0) throw new Error('no thermometer was found on the hill');
  const hottest = readings.reduce((best, reading) => (reading.celsius > best.celsius ? reading : best));

  const watering: { sprinkler: Reference; node: string }[] = [];
  await accessAll(space({ around: hottest.thermometer, radiusMetres: reach }).tag('io:sprinkler-switch'), async (sprinkler) => {
    await sprinkler.write(1);
    watering.push({ sprinkler, node: self.nodeName });
  });
  await sleep(water);

  const left: string[] = [];
  for (const { sprinkler, node } of watering) {
    // The same ones again, wherever they are by now.
    const isOff = await inTime(() => space().cast(sprinkler).write(0));
    if (!isOff) left.push(node);
  }
  await migrate(home, { via: hybrid });
  return { hottest: { node: hottest.node, celsius: hottest.celsius }, watered: watering.map(({ node }) => node), left };
}

/** Does something with as many of the references as there are devices. */
async function accessAll(references: readonly Reference[], access: (reference: Reference) => Promise<void>): Promise<void> {
  for (const reference of references) {
    const isThere = await inTime(() => access(reference));
    if (!isThere) return;
  }
}

async function inTime(access: () => Promise<void>): Promise<boolean> {
  try {
    await access();
    return true;
  } catch (error) {
    if (error instanceof AccessTimeout) return false;
    throw error;
  }
}
