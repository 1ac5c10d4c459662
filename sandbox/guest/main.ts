/**
 * The guest runtime's bundle, evaluated once in a fresh realm. One realm is one runtime: its module-level state begins empty
 * and ends with the slice, because the host resets the realm's memory before the next.
 *
 * The host provides `$host(request)` and `$numbers` and takes `$load(index, brick, importMapJson)` and
 * `$slice(inputJson, state, stateBytes)`; then it calls `$seal()`, after which no global is left that a program could reach or change.
 */
import { hostModule } from './api/module.ts';
import { installRealm } from './globals/install.ts';
import { freeze } from './primordials.ts';
import { loadBrick } from './engine/load.ts';
import { setHost } from './engine/node.ts';
import { runSlice } from './engine/slice.ts';

interface GuestGlobals {
  $host?: (request: string) => string | undefined;
  $numbers?: ArrayBuffer;
  $load?: (index: number, declare: unknown, importMapJson: string) => void;
  $slice?: typeof runSlice;
  $seal?: () => void;
}

const globals = globalThis as GuestGlobals;
if (globals.$host !== undefined && globals.$numbers !== undefined) setHost(globals.$host, new Float64Array(globals.$numbers));
delete globals.$host;
delete globals.$numbers;
const intrinsicModule = hostModule();
installRealm(intrinsicModule);

let sealed = false;
function seal(): void {
  if (sealed) return;
  sealed = true;
  delete globals.$host;
  delete globals.$load;
  delete globals.$slice;
  delete globals.$seal;
  try {
    freeze(globalThis);
  } catch {
    // The global object of Node's `vm`, in which tests run this, belongs to the embedder and cannot be frozen.
  }
}

globals.$load = (index, declare, importMapJson) => {
  seal();
  loadBrick(index, declare, importMapJson, intrinsicModule);
};
globals.$slice = runSlice;
globals.$seal = seal;
