// The light switch of the Smart Messages papers: whoever writes the signal tag makes the light flash three times.
// A signal that comes while the light flashes is not lost: the signal counts, and versions tell what is new.
//
//   npx sm deploy examples/light-switch.ts --to porch --arg rounds=2
//   npx sm deploy examples/light-signal.ts --to porch
import { actuate, block, tags } from 'sm';

const SIGNAL = 'public:three-signal';
const SWITCH = 'io:light-switch';
const STATUS = 'io:light-status';
const FLASHES = 3;

export default async function lightSwitch({ rounds = 1, timeout = 60_000 } = {}) {
  const shared = { owner: 'rwdb', family: 'rwdb', origin: 'rwb', code: 'rwb', others: 'rwb' };
  if (!tags.has(SIGNAL)) tags.create(SIGNAL, 0, { lifetime: timeout * (rounds + 1), access: shared });
  let { value: handled, version } = tags.read(SIGNAL);
  let flashes = 0;
  for (let round = 0; round < rounds; round++) {
    if (tags.read(SIGNAL).value === handled) await block([SIGNAL], { after: version, timeout });
    version = tags.read(SIGNAL).version;
    handled++;
    flashes += await flash(timeout);
  }
  return { rounds, flashes };
}

async function flash(timeout: number): Promise<number> {
  for (let count = 0; count < FLASHES; count++) {
    await turn(1, timeout);
    await turn(0, timeout);
  }
  return FLASHES;
}

/** Drives the switch and waits until the light itself says that it has followed. */
async function turn(position: 0 | 1, timeout: number): Promise<void> {
  const { version } = tags.read(STATUS);
  await actuate(SWITCH, position);
  if (tags.read(STATUS).value !== position) await block([STATUS], { after: version, timeout });
}
