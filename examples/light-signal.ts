// The other half of the light switch: gives the signal on the node it runs on.
//
//   npx sm deploy examples/light-signal.ts --to porch
import { block, tags } from 'sm';

const SIGNAL = 'public:three-signal';

export default async function lightSignal({ timeout = 10_000 } = {}) {
  if (!tags.has(SIGNAL)) await block([SIGNAL], { timeout });
  const { value } = tags.read(SIGNAL);
  tags.write(SIGNAL, value + 1);
  return value + 1;
}
