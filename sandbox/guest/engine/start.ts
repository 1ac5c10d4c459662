/** The first slice: module-level statements run, then the entry function is called. */
import { badCode, Brick, bricks, namespaceOf } from './code.ts';
import { promiseResolve, type SmPromise } from './promise.ts';

/** Runs the top-level statements of a brick and of all it imports, dependencies first, each once. */
export function initialise(index: number): void {
  const brick = brickAt(index);
  if (brick.started) return;
  brick.started = true;
  for (const target of Object.values(brick.importMap)) {
    if (typeof target === 'number') initialise(target);
  }
  brick.module?.init();
}

/** Calls the function a Smart Message begins with; its promise is the main promise. */
export function callEntry(index: number, fn: number | 'default', args: readonly unknown[]): SmPromise {
  const entry = fn === 'default' ? namespaceOf(index)['default'] : brickAt(index).fixed.get(fn);
  if (typeof entry !== 'function') throw badCode(`brick ${index} has no function ${fn} to begin with`);
  return promiseResolve((entry as (...args: readonly unknown[]) => unknown)(...args));
}

function brickAt(index: number): Brick {
  const brick = bricks[index];
  if (brick?.module === undefined) throw badCode(`brick ${index} is not loaded`);
  return brick;
}
