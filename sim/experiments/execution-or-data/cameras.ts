/** Cameras: what each of them shows, and which sees the brightest picture. */
import type { TagValue } from '../../../core/tags.ts';
import { requireWhole } from '../../parameters.ts';
import type { RandomStream } from '../../random.ts';

export interface Camera {
  /** Of the node that has it. */
  readonly node: number;
  /** A printable character, and so a byte, for each; brighter ones have higher codes. */
  readonly pixels: string;
}

/** A node takes readings of at most 16 KiB. */
const PIECE_BYTES = 8192;
/** A Smart Message carries at most 256 KiB. */
const PICTURE_MOST_BYTES = 128 * 1024;
/** Capital letters: JSON writes them as they are. */
const DARKEST = 'A'.charCodeAt(0);
const LEVELS = 'Z'.charCodeAt(0) + 1 - DARKEST;

/** Pictures of random pixels at random nodes, none of them node 0. Throws MisuseError `bad-parameter` for more cameras than there are nodes for, or too large ones. */
export function camerasAt(nodes: number, cameras: number, bytes: number, random: RandomStream): readonly Camera[] {
  requireWhole('sources', cameras, 1, nodes - 1);
  requireWhole('bytes', bytes, 1, PICTURE_MOST_BYTES);
  const free = Array.from({ length: nodes - 1 }, (_, index) => index + 1);
  return Array.from({ length: cameras }, () => ({
    node: free.splice(random.below(free.length), 1)[0]!,
    pixels: Array.from({ length: bytes }, () => String.fromCharCode(DARKEST + random.below(LEVELS))).join(''),
  }));
}

/** The tags in which a camera shows its picture; programs see them in alphabetical order. */
export function pieces({ pixels }: Camera): ReadonlyMap<string, TagValue> {
  const count = Math.ceil(pixels.length / PIECE_BYTES);
  const piece = (index: number): string => pixels.slice(index * PIECE_BYTES, (index + 1) * PIECE_BYTES);
  return new Map(Array.from({ length: count }, (_, index) => [`io:camera/${String(index).padStart(2, '0')}`, piece(index)]));
}

/** The nodes, seldom more than one, whose pictures are the brightest on average. */
export function brightestOf(cameras: readonly Camera[]): ReadonlySet<number> {
  const brightness = ({ pixels }: Camera): number =>
    Array.from(pixels).reduce((sum, pixel) => sum + pixel.charCodeAt(0), 0) / pixels.length;
  const most = Math.max(...cameras.map(brightness));
  return new Set(cameras.filter((camera) => brightness(camera) === most).map(({ node }) => node));
}
