// SM 2 of the fire example of the Smart Messages papers: travels to wherever a fire was seen and brings the place home.
//
// The two nodes are set up as in fire-watch.ts, which must run at the camera:
//
//   npx sm deploy examples/fire-detector.ts --to detector --wait
import { migrate, self, tags } from 'sm';
import { pull } from 'sm/routing/pull';

export default async function fireDetector({ timeout = 60_000 } = {}) {
  await migrate({ tags: ['public:fire'] }, { via: pull, timeout });
  const fire = tags.read('public:fire').value as { where: unknown; image: unknown };
  const seenBy = self.nodeName;
  await migrate({ node: self.origin }, { via: pull, timeout });
  return { ...fire, seenBy };
}
