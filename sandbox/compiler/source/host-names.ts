/** What the intrinsic module `sm:host` exports. Every other name that a program imports from `sm` comes from the travel library. */
export const HOST_NAMES: ReadonlySet<string> = new Set([
  'sysMigrate',
  'tags',
  'block',
  'sense',
  'actuate',
  'spawn',
  'launch',
  'sleep',
  'neighbours',
  'location',
  'now',
  'random',
  'log',
  'self',
  'MigrationTimeout',
  'MigrationRefused',
  'TasksPending',
  'TagError',
  'TimeoutError',
]);

export const HOST_MODULE = 'sm:host';
export const GUEST_MODULE = 'sm';
