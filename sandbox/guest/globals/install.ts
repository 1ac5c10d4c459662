/** Turns the engine's fresh realm into the one that programs live in. The order matters: names are given last, then all is frozen. */
import { nameIntrinsics } from '../codec/intrinsics.ts';
import { installCombinators } from '../engine/combinators.ts';
import { SmGenerator } from '../engine/generators.ts';
import { CollectionCursor, ForeignCursor, IndexCursor, KeyCursor, VALUES } from '../engine/iterators.ts';
import { enqueue } from '../engine/jobs.ts';
import { SmPromise } from '../engine/promise.ts';
import { defineProperty, TypedArrayPrototype } from '../primordials.ts';
import { recordingBind } from './bind.ts';
import { clockedDate } from './date.ts';
import { recordDefinitions, recordPrototypes } from './definitions.ts';
import { forbid } from './forbidden.ts';
import { hardenIntrinsics } from './harden.ts';
import { recordAllIterators } from './iteration.ts';
import { recordingProxy } from './proxy.ts';
import { random } from './random.ts';

function define(holder: object, key: string, value: Function): void {
  // The bundler renames functions that are called like a global.
  defineProperty(value, 'name', { value: key, configurable: true });
  defineProperty(holder, key, { value, writable: true, enumerable: false, configurable: true });
}

/** `hostModule` is the module `sm:host`; its members are named so that they can travel as values. */
export function installRealm(hostModule: object): void {
  installCombinators();
  define(globalThis, 'Promise', SmPromise);
  define(globalThis, 'Date', clockedDate());
  define(globalThis, 'Proxy', recordingProxy(Proxy));
  define(globalThis, 'queueMicrotask', queueMicrotask);
  define(Math, 'random', random);
  define(Function.prototype, 'bind', recordingBind);
  recordAllIterators(TypedArrayPrototype);
  recordDefinitions();
  recordPrototypes();
  forbid();
  nameIntrinsics('globalThis', globalThis);
  nameIntrinsics('sm', hostModule);
  nameHidden();
  hardenIntrinsics();
}

/** Built-ins that no global leads to, and that a program can still get hold of. */
function nameHidden(): void {
  // eslint-disable-next-line no-empty-function -- only the prototypes are wanted
  const samples: Record<string, object> = {
    generator: (function* () {})(),
    asyncFunction: async () => {},
    arrayIterator: [][Symbol.iterator](),
  };
  samples['asyncGenerator'] = async function* () {};
  samples['mapIterator'] = new Map().entries();
  samples['setIterator'] = new Set().values();
  samples['stringIterator'] = ''[Symbol.iterator]();
  samples['compiledGenerator'] = new SmGenerator(undefined);
  samples['indexCursor'] = new IndexCursor(undefined, 0, VALUES);
  samples['collectionCursor'] = new CollectionCursor(undefined, true, VALUES);
  samples['foreignCursor'] = new ForeignCursor({}, undefined);
  samples['keyCursor'] = new KeyCursor(undefined, [], 0);
  samples['matchIterator'] = ''.matchAll(/x/g);
  for (const [name, sample] of Object.entries(samples)) nameIntrinsics(`%${name}%`, Object.getPrototypeOf(sample) as object);
}

function queueMicrotask(callback: unknown): void {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask(callback) needs a function');
  enqueue(() => {
    (callback as () => void)();
  });
}
