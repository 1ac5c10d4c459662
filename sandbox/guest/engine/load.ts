/** Makes the object `$` for each brick and lets the brick declare itself. */
import type { BrickAbi, BrickModule, FunctionInfo, Step } from '../abi.ts';
import { expressionAbi } from '../expressions.ts';
import {
  badCode,
  Brick,
  bricks,
  fillNamespace,
  fixedRecords,
  makeClass,
  makeClosure,
  namespaceOf,
  privatesOf,
  registerPrivates,
  templateOf,
} from './code.ts';
import { AsyncFrame, finishFrame, startFrame, suspendOn } from './frames.ts';
import { finishGenerator, GeneratorFrame, startGenerator, yieldFrom } from './generators.ts';
import { iteratorOf, keysOf } from './iterators.ts';
import { freeze, parse } from '../primordials.ts';
import { rememberPatchable } from './patches.ts';
import { noteThrown } from './thrown.ts';

/** The module that every program can import without carrying it. */
export const HOST_MODULE = 'sm:host';

/** `$load`: evaluates the declarations of one brick. Throws an error named `BadCode` when the brick breaks the contract. */
export function loadBrick(index: number, declare: unknown, importMapJson: string, hostModule: Record<string, unknown>): void {
  if (typeof declare !== 'function') throw badCode(`brick ${index} is not a function`);
  if (bricks[index] !== undefined) throw badCode(`brick ${index} is loaded twice`);
  const brick = new Brick(index, parse(importMapJson) as Record<string, number | string>);
  bricks[index] = brick;
  const module = (declare as (abi: BrickAbi) => BrickModule)(brickAbi(brick, hostModule));
  if (typeof module !== 'object' || module === null || typeof module.init !== 'function') throw badCode(`brick ${index} returns no module`);
  brick.module = module;
  fillNamespace(index, module);
}

function brickAbi(brick: Brick, hostModule: Record<string, unknown>): BrickAbi {
  const { index, resumable } = brick;
  const code = (fn: number) => resumable.get(fn) ?? missing(`function ${fn}`);
  const missing = (what: string): never => {
    throw badCode(`brick ${index} has no ${what}`);
  };
  const register = (fn: number, info: FunctionInfo, step: Step, generator: boolean) => {
    once(brick, resumable, fn);
    resumable.set(fn, { brick: index, fn, info, step, generator });
  };
  return freeze({
    ...expressionAbi,
    index,
    import: (specifier) => importModule(brick, specifier, hostModule),
    async: (fn, info, step) => register(fn, info, step, false),
    generator: (fn, info, step) => register(fn, info, step, true),
    start: (fn, args, self, env) => startFrame(code(fn), args ?? [], self, env),
    startGenerator: (fn, args, self, env) => startGenerator(code(fn), args ?? [], self, env),
    await: (frame, value, pc, live) => suspendOn(frame as unknown as AsyncFrame, value, pc, live ?? []),
    yield: (frame, value, pc, live) => yieldFrom(frame as unknown as GeneratorFrame, value, pc, live ?? []),
    thrown: noteThrown,
    done: (frame, value) => finish(frame as unknown as AsyncFrame | GeneratorFrame, value),
    closure(fn, make) {
      once(brick, brick.closures, fn);
      brick.closures.set(fn, make);
    },
    fn: (fn, env) => makeClosure(brick, fn, env),
    fixed(fn, value) {
      once(brick, brick.fixed, fn);
      brick.fixed.set(fn, value);
      fixedRecords.set(value, { brick: index, fn });
      rememberPatchable(value);
    },
    class(fn, info, make) {
      once(brick, brick.classes, fn);
      brick.classes.set(fn, { info, make });
    },
    defineClass: (fn, env, superclass, keys) => makeClass(brick, { brick: index, fn, env, superclass, keys: keys ?? [] }, true),
    privates: registerPrivates,
    private: (cls) => privatesOf(cls) ?? missing('private members of this class'),
    iterator: iteratorOf,
    keys: keysOf,
    template: (site, cooked, raw) =>
      templateOf(brick, site, cooked, raw ?? (cooked as readonly string[])) as readonly (string | undefined)[],
  } satisfies BrickAbi);
}

function finish(frame: AsyncFrame | GeneratorFrame, value: unknown): unknown {
  return frame.kind === 'frame' ? finishFrame(frame, value) : finishGenerator(frame, value);
}

function once(brick: Brick, table: ReadonlyMap<number, unknown>, fn: number): void {
  if (table.has(fn)) throw badCode(`brick ${brick.index} registers ${fn} twice`);
}

function importModule(brick: Brick, specifier: string, hostModule: Record<string, unknown>): Record<string, unknown> {
  const target = specifier === HOST_MODULE ? HOST_MODULE : brick.importMap[specifier];
  if (target === HOST_MODULE) return hostModule;
  if (typeof target !== 'number') throw badCode(`brick ${brick.index} imports "${specifier}", which its import map does not bind`);
  return namespaceOf(target);
}
