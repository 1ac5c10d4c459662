/** What all parts of the emitter share while they write one brick. */
import type * as t from '@babel/types';
import { dot, id } from './build.ts';
import type { ProblemList } from './errors.ts';
import { BrickNames, LocalNames } from './names.ts';
import type { LoweringPasses } from './lower/passes.ts';
import { type Analysis, type Binding, type Scope, type Unit } from './scopes/scopes.ts';

/** What the source map's companion table says of one function. */
export interface CompiledFunction {
  readonly fn: number;
  /** `visit`, `Tour.next`, `<arrow>`. */
  readonly name: string;
  readonly line: number;
  readonly endLine: number;
  readonly resumable: boolean;
  readonly suspensionPoints: { readonly pc: number; readonly line: number; readonly column: number; readonly live: readonly string[] }[];
}

/** Where the author's text of a function stands; lines from 1, columns from 0. */
export type FunctionRegion = readonly [name: string, line: number, column: number, endLine: number, endColumn: number];

/** How emitted code reads a module-level binding. */
export type ModuleBinding =
  | { readonly how: 'name'; readonly name: string }
  | { readonly how: 'member'; readonly object: string; readonly key: string };

/** The emitted names that the author's words must not shadow. */
export interface InternalNames {
  readonly data: string;
  readonly record: string;
  readonly frame: string;
  readonly mode: string;
  readonly value: string;
  readonly pc: string;
  readonly handler: string;
  readonly loop: string;
  readonly live: string;
  readonly superclass: string;
  readonly keys: string;
  readonly fresh: string;
  readonly result: string;
  readonly stamp: string;
  readonly staticStamp: string;
}

export class BrickContext {
  readonly passes: LoweringPasses;
  readonly analysis: Analysis;
  readonly problems: ProblemList;
  readonly names: BrickNames;
  readonly internal: InternalNames;
  readonly functions: CompiledFunction[] = [];
  /** Every function of the author, those without a number too. */
  readonly regions: FunctionRegion[] = [];
  /** Statements at the top of the brick: functions, steps, factories. */
  readonly definitions: t.Statement[] = [];
  readonly moduleBindings = new Map<Binding, ModuleBinding>();
  /** Per class, the private names that code outside its body uses. */
  private readonly remotePrivates = new Map<Unit, Set<string>>();
  private templates = 0;

  constructor(analysis: Analysis, problems: ProblemList, passes: LoweringPasses) {
    this.passes = passes;
    this.analysis = analysis;
    this.problems = problems;
    this.names = new BrickNames([...analysis.mentioned, '$']);
    const claim = (name: string): string => this.names.claim(name);
    this.internal = {
      data: claim('D'),
      record: claim('E'),
      frame: claim('F'),
      mode: claim('M'),
      value: claim('V'),
      pc: claim('P'),
      handler: claim('H'),
      loop: claim('G'),
      live: claim('L'),
      superclass: claim('S'),
      keys: claim('K'),
      fresh: claim('N'),
      result: claim('C'),
      stamp: claim('B'),
      staticStamp: claim('T'),
    };
  }

  /** Takes the next function number. */
  addFunction(node: t.Node, name: string, resumable: boolean): CompiledFunction {
    const entry: CompiledFunction = {
      fn: this.functions.length,
      name,
      line: node.loc?.start.line ?? 0,
      endLine: node.loc?.end.line ?? 0,
      resumable,
      suspensionPoints: [],
    };
    this.functions.push(entry);
    return entry;
  }

  noteRemotePrivate(factory: Unit, name: string): void {
    const names = this.remotePrivates.get(factory) ?? new Set();
    this.remotePrivates.set(factory, names.add(name));
  }

  remotePrivatesOf(factory: Unit): ReadonlySet<string> {
    return this.remotePrivates.get(factory) ?? new Set();
  }

  nextTemplate(): number {
    return this.templates++;
  }

  unitOf(node: t.Node): Unit {
    const unit = this.analysis.units.get(node);
    if (unit === undefined) throw new TypeError(`no unit for ${node.type}`);
    return unit;
  }

  scopeOf(node: t.Node): Scope {
    const scope = this.analysis.scopes.get(node);
    if (scope === undefined) throw new TypeError(`no scope for ${node.type}`);
    return scope;
  }

  moduleReference(binding: Binding, at: t.Node): t.Expression {
    const where = this.moduleBindings.get(binding);
    if (where === undefined) return dot(id(this.internal.data), binding.name, at);
    return where.how === 'name' ? id(where.name, at) : dot(id(where.object), where.key, at);
  }
}

/** The emission of one function: its variables, and where in the scopes the emitter is. */
export class UnitContext {
  readonly brick: BrickContext;
  readonly unit: Unit;
  readonly names: LocalNames;
  scope: Scope;
  /** Compiler-made variables to declare at the top of the function. */
  readonly hoisted: string[] = [];
  /** Locals that hold something that cannot travel, with its class. */
  readonly uncapturable = new Map<string, string>();
  /** True while the part of a resumable function is emitted that runs at the call: the binding of a generator's parameters. */
  atCall = false;
  /** How messages call the function. */
  readonly title: string;

  constructor(brick: BrickContext, unit: Unit, title: string) {
    this.brick = brick;
    this.unit = unit;
    this.names = new LocalNames(brick.names);
    this.scope = unit.scope;
    this.title = title;
    const { loc } = unit.node;
    if (loc && unit.kind !== 'module') brick.regions.push([title, loc.start.line, loc.start.column, loc.end.line, loc.end.column]);
  }

  /** Runs `emit` with `scope` as the current one. */
  within<T>(scope: Scope, emit: () => T): T {
    const outer = this.scope;
    this.scope = scope;
    try {
      return emit();
    } finally {
      this.scope = outer;
    }
  }

  /** A compiler-made variable of this function. */
  temporary(what: string): string {
    const name = this.names.fresh(`%${what}`);
    this.hoisted.push(name);
    return name;
  }
}
