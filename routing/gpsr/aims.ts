/** Where to go to reach a region: GPSR goes to points. */
import type { Location, Region } from 'sm';
import { degreesEast } from '../common/map.ts';

/** Parallels along which points inside a polygon are looked for. */
const SCAN_LINES = 5;
/** A tenth of a millimetre: in narrower places a point would only be inside by chance of rounding. */
const WIDTH_MIN_DEGREES = 1e-9;

/**
 * Points in the region to aim at, the best first: the centre of a circle; of a polygon the middles of its widest stretches along a few
 * parallels.
 */
export function aims(region: Region): readonly Location[] {
  if ('centre' in region) return [region.centre];
  const { polygon } = region;
  const latitudes = polygon.map(({ latitude }) => latitude);
  const [south, north] = [Math.min(...latitudes), Math.max(...latitudes)];
  const stretches = Array.from({ length: SCAN_LINES }, (_, line) =>
    widestStretch(polygon, south + ((north - south) * (line + 0.5)) / SCAN_LINES),
  );
  const [widest, ...others] = stretches.sort((a, b) => b.width - a.width);
  return [widest!, ...others.filter(({ width }) => width > WIDTH_MIN_DEGREES)].map(({ middle }) => middle);
}

/** The widest part of a parallel that is inside the polygon, in degrees. */
function widestStretch(polygon: readonly Location[], latitude: number): { readonly middle: Location; readonly width: number } {
  const origin = polygon[0]!;
  const crossings: number[] = [];
  for (const [index, b] of polygon.entries()) {
    const a = polygon.at(index - 1)!;
    if (a.latitude > latitude === b.latitude > latitude) continue;
    const part = (latitude - a.latitude) / (b.latitude - a.latitude);
    crossings.push(degreesEast(a, origin) * (1 - part) + degreesEast(b, origin) * part);
  }
  crossings.sort((a, b) => a - b);
  let [west, width] = [0, -1];
  for (let index = 0; index + 1 < crossings.length; index += 2) {
    const wide = crossings[index + 1]! - crossings[index]!;
    if (wide > width) [west, width] = [crossings[index]!, wide];
  }
  const longitude = origin.longitude + west + width / 2;
  return { middle: { latitude, longitude: longitude - 360 * Math.round(longitude / 360) }, width };
}
