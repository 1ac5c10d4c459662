/** How a class with private members shows them to the runtime and to code that is lifted out of its body. */
import type * as t from '@babel/types';
import { arrow, assign, block, id, index, list, num, object, property, statement } from '../build.ts';

export interface PrivateMembers {
  readonly fields: string[];
  readonly methods: { readonly name: string; readonly kind: string }[];
  readonly staticFields: string[];
  readonly staticMethods: { readonly name: string; readonly kind: string }[];
}

const TARGET = 'o';
const VALUES = 'v';

/** The second argument of `$.privates`. `stamp` is the class that brands objects. */
export function privateAccess(members: PrivateMembers, stamp: string, remote: ReadonlySet<string>): t.Expression {
  const brand = members.fields[0] ?? members.methods[0]?.name;
  const properties = [
    ...instanceAccess(members.fields, brand, stamp),
    ...staticAccess(members.staticFields),
    property('names', object([...remote].map((name) => property(name, memberAccess(members, name))))),
  ];
  return object(properties);
}

function instanceAccess(fields: readonly string[], brand: string | undefined, stamp: string): t.ObjectProperty[] {
  if (brand === undefined) return [property('read', arrow([], block([]))), property('stamp', arrow([], block([])))];
  const read = {
    type: 'ConditionalExpression',
    test: isBranded(brand),
    consequent: list(fields.map((name) => privateOf(name))),
    alternate: id('undefined'),
  } as t.ConditionalExpression;
  const brandIt = statement({ type: 'NewExpression', callee: id(stamp), arguments: [id(TARGET)] } as t.NewExpression);
  return [
    property('read', arrow([id(TARGET)], read)),
    property('stamp', arrow([id(TARGET), id(VALUES)], block([brandIt, ...fields.map(setFromValues)]))),
  ];
}

/** Static members belong to the class, which is `this` in the static block where this stands. */
function staticAccess(fields: readonly string[]): t.ObjectProperty[] {
  if (fields.length === 0) return [];
  const onClass = (name: string): t.MemberExpression => ({ ...privateOf(name), object: { type: 'ThisExpression' } as t.ThisExpression });
  const store = fields.map((name, at) => statement(assign(onClass(name), index(id(VALUES), num(at)))));
  return [property('readStatic', arrow([], list(fields.map(onClass)))), property('stampStatic', arrow([id(VALUES)], block(store)))];
}

function memberAccess(members: PrivateMembers, name: string): t.Expression {
  const kinds = [...members.methods, ...members.staticMethods].filter((method) => method.name === name).map((method) => method.kind);
  const isField = kinds.length === 0;
  const properties: t.ObjectProperty[] = [];
  if (isField || kinds.includes('method') || kinds.includes('get')) properties.push(property('get', arrow([id(TARGET)], privateOf(name))));
  if (isField || kinds.includes('set'))
    properties.push(property('set', arrow([id(TARGET), id(VALUES)], assign(privateOf(name), id(VALUES)))));
  properties.push(property('has', arrow([id(TARGET)], isBranded(name))));
  return object(properties);
}

function setFromValues(name: string, at: number): t.Statement {
  return statement(assign(privateOf(name), index(id(VALUES), num(at))));
}

function privateOf(name: string): t.MemberExpression {
  return { type: 'MemberExpression', object: id(TARGET), property: privateName(name), computed: false } as t.MemberExpression;
}

function isBranded(name: string): t.BinaryExpression {
  return { type: 'BinaryExpression', operator: 'in', left: privateName(name), right: id(TARGET) } as t.BinaryExpression;
}

function privateName(name: string): t.PrivateName {
  return { type: 'PrivateName', id: id(name) } as t.PrivateName;
}
