/** The loaded code: bricks with their functions, closures, classes and data, and what is remembered of each function object. */
import type { BrickAbi, BrickModule, ClassInfo, Environment, FunctionInfo, PrivateAccess, Step } from '../abi.ts';
import { defineProperty, freeze, preventExtensions } from '../primordials.ts';

/** A registered async function or generator. */
export interface ResumableFunction {
  readonly brick: number;
  readonly fn: number;
  readonly info: FunctionInfo;
  readonly step: Step;
  readonly generator: boolean;
}

export interface ClassFactory {
  readonly info: ClassInfo;
  readonly make: Parameters<BrickAbi['class']>[2];
}

export class Brick {
  readonly index: number;
  readonly importMap: Readonly<Record<string, number | string>>;
  readonly resumable = new Map<number, ResumableFunction>();
  readonly closures = new Map<number, (env?: Environment) => Function>();
  readonly classes = new Map<number, ClassFactory>();
  readonly fixed = new Map<number, Function>();
  readonly templates = new Map<number, object>();
  module: BrickModule | undefined = undefined;
  started = false;

  constructor(index: number, importMap: Readonly<Record<string, number | string>>) {
    this.index = index;
    this.importMap = importMap;
  }
}

/** Where a function object comes from. */
export interface ClosureRecord {
  readonly brick: number;
  readonly fn: number;
  readonly env: Environment | undefined;
}

export interface ClassRecord {
  readonly brick: number;
  readonly fn: number;
  readonly env: Environment | undefined;
  readonly superclass: unknown;
  readonly keys: readonly PropertyKey[];
}

export const bricks: Brick[] = [];
export const closureRecords = new WeakMap<Function, ClosureRecord>();
export const fixedRecords = new WeakMap<Function, { readonly brick: number; readonly fn: number }>();
export const classRecords = new WeakMap<Function, ClassRecord>();
/** Every class defined in this slice, for questions that go from an object to its class. */
export const definedClasses: Function[] = [];
/** The prototype objects of classes; a class cannot exchange its own. */
const classPrototypes = new WeakMap<object, Function>();
/** Classes whose instances have private members. */
export const brandingClasses: Function[] = [];
export const templateRecords = new WeakMap<object, { readonly brick: number; readonly site: number }>();
const privateAccess = new WeakMap<Function, PrivateAccess>();
const namespaces: Record<string, unknown>[] = [];
const namespaceIndexes = new WeakMap<object, number>();

/** A brick that breaks the contract with the runtime. The program cannot run at all. */
export function badCode(message: string): Error {
  const error = new Error(message);
  error.name = 'BadCode';
  return error;
}

/** The namespace object of a brick: a live view that is filled when the brick is loaded. */
export function namespaceOf(index: number): Record<string, unknown> {
  let namespace = namespaces[index];
  if (namespace === undefined) {
    namespace = Object.create(null) as Record<string, unknown>;
    namespaces[index] = namespace;
    namespaceIndexes.set(namespace, index);
  }
  return namespace;
}

export function namespaceIndex(object: object): number | undefined {
  return namespaceIndexes.get(object);
}

export function fillNamespace(index: number, module: BrickModule): void {
  const namespace = namespaceOf(index);
  for (const name of Object.keys(module.exports).sort()) {
    defineProperty(namespace, name, { get: module.exports[name] as () => unknown, enumerable: true });
  }
  defineProperty(namespace, Symbol.toStringTag, { value: 'Module' });
  preventExtensions(namespace);
}

export function makeClosure(brick: Brick, fn: number, env: Environment | undefined): Function {
  const make = brick.closures.get(fn);
  if (make === undefined) throw badCode(`brick ${brick.index} has no closure ${fn}`);
  const closure = make(env);
  closureRecords.set(closure, { brick: brick.index, fn, env });
  return closure;
}

export function makeClass(brick: Brick, record: ClassRecord, fresh: boolean): Function {
  const factory = brick.classes.get(record.fn);
  if (factory === undefined) throw badCode(`brick ${brick.index} has no class ${record.fn}`);
  const made = factory.make(record.env, record.superclass, record.keys, fresh);
  classRecords.set(made, record);
  definedClasses.push(made);
  classPrototypes.set(made.prototype as object, made);
  return made;
}

/** The class whose prototype object this is, whatever its `constructor` says now. */
export function classOfPrototype(object: object): Function | undefined {
  return definedClasses.length === 0 ? undefined : classPrototypes.get(object);
}

export function registerPrivates(cls: Function, access: PrivateAccess): void {
  privateAccess.set(cls, access);
  brandingClasses.push(cls);
}

export function privatesOf(cls: Function): PrivateAccess | undefined {
  return privateAccess.get(cls);
}

export function templateOf(brick: Brick, site: number, cooked: readonly (string | undefined)[], raw: readonly string[]): object {
  let template = brick.templates.get(site);
  if (template === undefined) {
    template = [...cooked];
    defineProperty(template, 'raw', { value: freeze([...raw]) });
    freeze(template);
    brick.templates.set(site, template);
    templateRecords.set(template, { brick: brick.index, site });
  }
  return template;
}
