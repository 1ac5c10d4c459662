// Which of some cameras sees the brightest picture? One question, asked in three ways by Smart Messages:
//   one         one Smart Message visits all of them
//   spawned     one is sent to each, looks at the picture there, and brings home how bright it is
//   messengers  one is sent to each and brings the picture home, where it is looked at
import { block, launch, migrate, self, sleep, tags } from 'sm';
import { aodvWith } from 'sm/routing/aodv';

interface Seen {
  node: string;
  brightness: number;
}

interface Options {
  way: 'one' | 'spawned' | 'messengers';
  /** Ids of the nodes with cameras; `one` visits them in this order. */
  sources: string[];
  /** AODV's ACTIVE_ROUTE_TIMEOUT, milliseconds. */
  routeTimeout: number;
  /** Milliseconds. */
  patience: number;
}

export default async function brightest({ way, sources, routeTimeout, patience }: Options) {
  const seen = way === 'one' ? await visitAll(sources, routeTimeout, patience) : await sendToAll(way, sources, routeTimeout, patience);
  return seen.reduce((best, other) => (other.brightness > best.brightness ? other : best)).node;
}

async function visitAll(sources: string[], routeTimeout: number, patience: number) {
  const deadlineMs = self.ageMs + patience;
  const seen: Seen[] = [];
  for (const node of sources) {
    await goTo(node, routeTimeout, deadlineMs);
    seen.push({ node, brightness: brightnessOf(picture()) });
  }
  await goTo(self.origin, routeTimeout, deadlineMs);
  return seen;
}

async function sendToAll(way: Options['way'], sources: string[], routeTimeout: number, patience: number) {
  const deadlineMs = self.ageMs + patience;
  const board = `public:brightest/${self.family.slice(0, 16)}`;
  tags.create(board, [], { lifetime: 2 * patience });
  for (const [index, node] of sources.entries())
    launch(visit, [way, node, board, routeTimeout, deadlineMs], { share: 1 / (sources.length + 1 - index) });
  for (;;) {
    const { value, version } = tags.read<Seen[]>(board);
    if (value.length === sources.length) return value;
    await block(board, { after: version, timeout: Math.max(0, deadlineMs - self.ageMs) });
  }
}

export async function visit(way: Options['way'], node: string, board: string, routeTimeout: number, deadlineMs: number) {
  await goTo(node, routeTimeout, deadlineMs);
  let found: number | string = picture();
  if (way === 'spawned') found = brightnessOf(found);
  await goTo(self.origin, routeTimeout, deadlineMs);
  const brightness = typeof found === 'number' ? found : brightnessOf(found);
  tags.write(board, [...tags.read<Seen[]>(board).value, { node, brightness }]);
}

/** Pause before another attempt: AODV does not search at once again for what it has just not found. */
const PAUSE_MS = 1000;

/** Goes to a node; when the router gives up, it tries again while there is time. */
async function goTo(node: string, routeTimeout: number, deadlineMs: number) {
  const via = aodvWith({ ACTIVE_ROUTE_TIMEOUT: routeTimeout });
  for (;;) {
    try {
      return await migrate({ node }, { via, timeout: Math.max(0, deadlineMs - self.ageMs) });
    } catch (error) {
      if (error.name !== 'MigrationTimeout' || self.ageMs >= deadlineMs) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** A camera shows its picture in pieces, `io:camera/00` and so on. A pixel is a printable character. */
function picture(): string {
  return tags
    .list('io:camera/')
    .map((name) => tags.read<string>(name).value)
    .join('');
}

/** The mean of all its pixels. */
function brightnessOf(pixels: string): number {
  let sum = 0;
  for (let at = 0; at < pixels.length; at++) sum += pixels.charCodeAt(at);
  return sum / pixels.length;
}
