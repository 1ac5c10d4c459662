/**
 * Classes become factories. Private members are declared in a class of their own around the author's class: constructing
 * it on an object that exists (its base class returns its argument) brands that object, which is how a restore gives
 * private members back.
 */
import type * as t from '@babel/types';
import { classBinding } from '../scopes/lookup.ts';
import { type BrickContext, UnitContext } from '../brick-context.ts';
import {
  arrow,
  assign,
  block,
  call,
  declare,
  dot,
  id,
  index,
  keyExpression,
  list,
  num,
  object,
  property,
  returns,
  runtimeCall,
  statement,
  thisNode,
  when,
} from '../build.ts';
import { currentRecord, nameRecord, newRecord, pseudoEntries } from './environments.ts';
import { functionShell, named } from './functions.ts';
import { declareHoisted } from './parameters.ts';
import { keyName } from './objects.ts';
import { privateAccess, type PrivateMembers } from './private-access.ts';
import { hasRecord, type Unit } from '../scopes/scopes.ts';
import { lowerBody, lowerExpression } from './passes.ts';

type Member = t.ClassBody['body'][number];

/**
 * The engine says of a constructor that nobody wrote that it stands at the end of its class. There the source map leads nowhere, so
 * that such a call is left out of stack traces.
 */
const NOWHERE = { start: { line: undefined, column: 0 }, end: { line: undefined, column: 0 } };

/** The expression that evaluates the class definition at the current place. */
export function createClass(context: UnitContext, node: t.Class, name: string | null): t.Expression {
  const { brick } = context;
  const unit = brick.unitOf(node);
  const title = node.id?.name ?? name ?? '<class>';
  const entry = brick.addFunction(node, title, false);
  const superclass = node.superClass ? lowerExpression(context, node.superClass) : undefined;
  const keys = node.body.body.flatMap((member) =>
    'computed' in member && member.computed ? [lowerExpression(context, member.key as t.Expression)] : [],
  );
  const value = new ClassEmitter(brick, unit, node, title, node.id ? null : name).emit();
  const { record, superclass: superName, keys: keysName, fresh } = brick.internal;
  const info = object([
    property('name', { type: 'StringLiteral', value: title } as t.StringLiteral),
    property('derived', { type: 'BooleanLiteral', value: superclass !== undefined } as t.BooleanLiteral),
  ]);
  brick.definitions.push(
    statement(
      runtimeCall('class', [
        num(entry.fn),
        info,
        arrow(
          [record, superName, keysName, fresh].map((each) => id(each)),
          value,
        ),
      ]),
    ),
  );
  return runtimeCall(
    'defineClass',
    [num(entry.fn), classRecord(context, unit), superclass, keys.length === 0 ? undefined : list(keys)],
    node,
  );
}

/** A class whose name is used from code that is lifted out of it gets a record that holds it. */
function classRecord(context: UnitContext, unit: Unit): t.Expression | undefined {
  const outer = unit.needsEnvironment ? currentRecord(context) : undefined;
  if (!hasRecord(unit.scope)) return outer;
  return object(outer === undefined ? [] : [property('$p', outer)]);
}

class ClassEmitter {
  private readonly brick: BrickContext;
  private readonly unit: Unit;
  private readonly node: t.Class;
  private readonly title: string;
  private readonly name: string | null;
  private readonly body: Member[] = [];
  private readonly stamped: Member[] = [];
  private readonly staticStamped: Member[] = [];
  private readonly statics: t.Statement[] = [];
  private readonly privates: PrivateMembers = { fields: [], methods: [], staticFields: [], staticMethods: [] };
  private computedKeys = 0;
  private hidden = 0;

  constructor(brick: BrickContext, unit: Unit, node: t.Class, title: string, name: string | null) {
    this.brick = brick;
    this.unit = unit;
    this.node = node;
    this.title = title;
    this.name = name;
  }

  emit(): t.Expression | t.BlockStatement {
    for (const member of this.node.body.body) this.member(member);
    const { stamp, staticStamp, result, superclass } = this.brick.internal;
    if (this.stamped.length > 0)
      this.body.unshift(this.hiddenField({ type: 'NewExpression', callee: id(stamp), arguments: [thisNode()] } as t.NewExpression));
    this.addStaticBlock();
    const cls = {
      type: 'ClassExpression',
      id: this.node.id ? id(this.node.id.name) : null,
      superClass: this.node.superClass ? id(superclass) : null,
      body: { type: 'ClassBody', body: this.body, loc: NOWHERE },
      loc: this.node.loc,
    } as unknown as t.ClassExpression;
    const value = this.node.id ? cls : named(cls, this.name);
    if (this.stamped.length === 0 && this.staticStamped.length === 0) return value;
    let inner: t.Statement = statement(assign(id(result), value));
    if (this.stamped.length > 0) inner = stampClass(stamp, this.stamped, inner);
    if (this.staticStamped.length > 0) inner = stampClass(staticStamp, this.staticStamped, inner);
    return block([declare('let', [[id(result), null]]), inner, returns(id(result))]);
  }

  private member(member: Member): void {
    switch (member.type) {
      case 'ClassMethod':
        this.body.push(this.method(member, this.key(member)));
        return;
      case 'ClassPrivateMethod':
        (member.static ? this.privates.staticMethods : this.privates.methods).push({ name: member.key.id.name, kind: member.kind });
        (member.static ? this.staticStamped : this.stamped).push({ ...this.method(member, member.key), static: false } as Member);
        return;
      case 'ClassProperty':
        this.field(member);
        return;
      case 'ClassPrivateProperty':
        this.privateField(member);
        return;
      case 'StaticBlock':
        this.statics.push(this.staticBlock(member));
        return;
      default:
    }
  }

  private key(member: t.ClassMethod | t.ClassProperty): t.Expression {
    return member.computed ? index(id(this.brick.internal.keys), num(this.computedKeys++)) : (member.key as t.Expression);
  }

  private method(member: t.ClassMethod | t.ClassPrivateMethod, key: t.Expression | t.PrivateName): Member {
    const shell = functionShell(
      this.brick,
      this.brick.unitOf(member),
      member,
      null,
      `${this.title}.${keyName(member.key) ?? '[computed]'}`,
    );
    return { ...member, key, params: shell.params, body: shell.body, async: false, generator: false } as Member;
  }

  private field(member: t.ClassProperty): void {
    const key = this.key(member);
    const value = this.initialValue(member);
    if (!member.static) {
      this.body.push({ ...member, key, value } as Member);
      return;
    }
    const name = member.computed ? key : keyExpression(key, false);
    this.statics.push(statement(runtimeCall('define', [thisNode(), name, value ?? id('undefined')], member)));
  }

  private privateField(member: t.ClassPrivateProperty): void {
    const name = member.key.id.name;
    const value = this.initialValue(member);
    (member.static ? this.privates.staticFields : this.privates.fields).push(name);
    (member.static ? this.staticStamped : this.stamped).push({ ...member, static: false, value: null } as Member);
    if (value === null) return;
    const target = { type: 'MemberExpression', object: thisNode(), property: member.key, computed: false } as t.MemberExpression;
    if (member.static) this.statics.push(statement(assign(target, value), member));
    else this.body.push(this.hiddenField(assign(target, value, member)));
  }

  /** A private field whose initialiser does something among the other initialisers; nobody reads it. */
  private hiddenField(effect: t.Expression): Member {
    const taken = (name: string): boolean =>
      this.node.body.body.some((member) => 'key' in member && member.key?.type === 'PrivateName' && member.key.id.name === name);
    let name = `_${this.hidden++}`;
    while (taken(name)) name = `_${this.hidden++}`;
    const value = { type: 'UnaryExpression', operator: 'void', prefix: true, argument: effect } as t.UnaryExpression;
    return { type: 'ClassPrivateProperty', key: { type: 'PrivateName', id: id(name) }, value, static: false } as unknown as Member;
  }

  private initialValue(member: t.ClassProperty | t.ClassPrivateProperty): t.Expression | null {
    if (!member.value) return null;
    const context = new UnitContext(this.brick, this.brick.unitOf(member), `${this.title}.${keyName(member.key) ?? '[computed]'}`);
    const record = hasRecord(context.scope)
      ? [declare('const', [[id(nameRecord(context, context.scope)), newRecord(context, context.scope, pseudoEntries(context))]])]
      : [];
    const value = lowerExpression(context, member.value, keyName(member.key));
    if (record.length === 0 && context.hoisted.length === 0) return value;
    return call(arrow([], block([...declareHoisted(context), ...record, returns(value)])), []);
  }

  private staticBlock(member: t.StaticBlock): t.Statement {
    const context = new UnitContext(this.brick, this.brick.unitOf(member), `${this.title}.<static>`);
    const record = hasRecord(context.scope)
      ? [declare('const', [[id(nameRecord(context, context.scope)), newRecord(context, context.scope, pseudoEntries(context))]])]
      : [];
    const body = lowerBody(context, member.body);
    return block([...declareHoisted(context), ...record, ...body], member);
  }

  /** Everything that happens once the class object exists: its record, its private access, and when fresh its static members. */
  private addStaticBlock(): void {
    const statements: t.Statement[] = [];
    const own = classBinding(this.unit);
    const { record, fresh, stamp, staticStamp } = this.brick.internal;
    if (own.captured) statements.push(statement(assign(dot(id(record), own.name), thisNode())));
    if (this.staticStamped.length > 0)
      statements.push(statement({ type: 'NewExpression', callee: id(staticStamp), arguments: [thisNode()] } as t.NewExpression));
    if (this.stamped.length > 0 || this.staticStamped.length > 0) {
      const access = privateAccess(this.privates, stamp, this.brick.remotePrivatesOf(this.unit));
      statements.push(statement(runtimeCall('privates', [thisNode(), access])));
    }
    if (this.statics.length > 0) statements.push(when(id(fresh), block(this.moduleName()), null));
    if (statements.length > 0) this.body.push({ type: 'StaticBlock', body: statements } as unknown as Member);
  }

  /** While its static members run, code outside the body of a module-level class already finds it under its name. */
  private moduleName(): t.Statement[] {
    const outer = this.node.type === 'ClassDeclaration' && this.node.id ? this.brick.analysis.bindings.get(this.node.id) : undefined;
    if (outer === undefined || outer.scope.kind !== 'module') return this.statics;
    return [statement(assign(this.brick.moduleReference(outer, this.node) as t.LVal, thisNode())), ...this.statics];
  }
}

function stampClass(name: string, members: readonly Member[], inner: t.Statement): t.Statement {
  const body = [...members, { type: 'StaticBlock', body: [inner] }];
  return {
    type: 'ClassDeclaration',
    id: id(name),
    superClass: dot(id('$'), 'stamp'),
    body: { type: 'ClassBody', body },
  } as unknown as t.ClassDeclaration;
}
