/** The intrinsic module `sm:host`: everything of the guest API that is not library code. Documented for authors in sm.d.ts. */
import { random } from '../globals/random.ts';
import { defineProperty } from '../primordials.ts';
import { ERROR_CLASSES } from './errors.ts';
import { launch } from './launch.ts';
import { log } from './log.ts';
import { location, neighbours, now, self } from './self.ts';
import { tags } from './tags.ts';
import { actuate, block, sense, sleep, spawn, sysMigrate } from './waits.ts';

export function hostModule(): Record<string, unknown> {
  const members = {
    sysMigrate,
    tags,
    block,
    sense,
    actuate,
    spawn,
    launch,
    sleep,
    neighbours,
    location,
    now,
    random,
    log,
    self,
    ...ERROR_CLASSES,
  };
  const module: Record<string, unknown> = Object.assign(Object.create(null) as object, members);
  for (const [name, member] of Object.entries(members)) {
    if (typeof member === 'function') defineProperty(member, 'name', { value: name, configurable: true });
  }
  defineProperty(module, Symbol.toStringTag, { value: 'Module' });
  return module;
}
