// SM 1 of the fire example of the Smart Messages papers. It lives on an intelligent camera with a position: it blocks on
// each new image, and when the image is red it publishes a fire tag that carries the place.
//
// Two nodes that are linked: one that is called detector, and one that is called camera, with this in its node.yaml:
//
//   location: { latitude: 40.52, longitude: -74.46 }
//   drivers:
//     simulated:
//       - { kind: camera, everyMs: 5s, redFromMs: 1min }   # takes pictures, red ones from a minute after its start
//
//   npx sm deploy examples/fire-watch.ts --to camera
import { block, log, self, tags } from 'sm';

const FIRE = 'public:fire';
const IMAGE = 'io:camera';

interface Image {
  /** Mean colours, 0 to 1 each. */
  red: number;
  green: number;
  blue: number;
}

export default async function fireWatch({ images = 100, lifetime = 600_000 } = {}) {
  for (let count = 0; count < images; count++) {
    const { version } = tags.read(IMAGE);
    await block([IMAGE], { after: version });
    const image = tags.read(IMAGE).value as unknown as Image;
    if (!isRed(image)) continue;
    const report = { where: tags.read('io:location').value, node: self.node, image };
    if (tags.has(FIRE)) tags.write(FIRE, report);
    else tags.create(FIRE, report, { lifetime });
    log.warn(`fire seen by ${self.nodeName}`);
    return report;
  }
  return null;
}

function isRed({ red, green, blue }: Image): boolean {
  return red > 0.5 && red > 2 * green && red > 2 * blue;
}
