/** Small constructors of syntax, so that the emitter reads like the code it makes. */
import type * as t from '@babel/types';

type Loc = t.Node['loc'];

/** Fills in what every node has; the printer needs no more than type, fields and position. */
function make<N extends t.Node>(node: Partial<N> & { type: N['type'] }, at?: t.Node | null): N {
  return { ...node, loc: at?.loc ?? (null as Loc) } as unknown as N;
}

export const id = (name: string, at?: t.Node | null): t.Identifier => make<t.Identifier>({ type: 'Identifier', name }, at);
export const num = (value: number): t.NumericLiteral => make<t.NumericLiteral>({ type: 'NumericLiteral', value });
export const str = (value: string): t.StringLiteral => make<t.StringLiteral>({ type: 'StringLiteral', value });
export const bool = (value: boolean): t.BooleanLiteral => make<t.BooleanLiteral>({ type: 'BooleanLiteral', value });
export const nothing = (): t.UnaryExpression =>
  make<t.UnaryExpression>({ type: 'UnaryExpression', operator: 'void', prefix: true, argument: num(0) });
export const thisNode = (at?: t.Node | null): t.ThisExpression => make<t.ThisExpression>({ type: 'ThisExpression' }, at);

const NAME = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** `object.name`, or `object["odd name"]`. */
export function dot(object: t.Expression, name: string, at?: t.Node | null): t.MemberExpression {
  const plain = NAME.test(name);
  return make<t.MemberExpression>({ type: 'MemberExpression', object, property: plain ? id(name) : str(name), computed: !plain }, at);
}

export const index = (object: t.Expression, property: t.Expression, at?: t.Node | null): t.MemberExpression =>
  make<t.MemberExpression>({ type: 'MemberExpression', object, property, computed: true }, at);

export const call = (callee: t.Expression, args: readonly (t.Expression | t.SpreadElement)[], at?: t.Node | null): t.CallExpression =>
  make<t.CallExpression>({ type: 'CallExpression', callee, arguments: [...args] }, at);

/** A call of the runtime that leaves off trailing arguments that are missing. */
export function runtimeCall(
  name: string,
  args: readonly (t.Expression | t.SpreadElement | undefined)[],
  at?: t.Node | null,
): t.CallExpression {
  const given = [...args];
  while (given.length > 0 && given.at(-1) === undefined) given.pop();
  return call(
    dot(id('$'), name),
    given.map((arg) => arg ?? nothing()),
    at,
  );
}

export const assign = (left: t.LVal, right: t.Expression, at?: t.Node | null): t.AssignmentExpression =>
  make<t.AssignmentExpression>({ type: 'AssignmentExpression', operator: '=', left: left as t.AssignmentExpression['left'], right }, at);

export const seq = (expressions: t.Expression[]): t.Expression =>
  expressions.length === 1 ? (expressions[0] as t.Expression) : make<t.SequenceExpression>({ type: 'SequenceExpression', expressions });

export const list = (elements: readonly (t.Expression | t.SpreadElement | null)[]): t.ArrayExpression =>
  make<t.ArrayExpression>({ type: 'ArrayExpression', elements: [...elements] });
export const object = (properties: t.ObjectExpression['properties']): t.ObjectExpression =>
  make<t.ObjectExpression>({ type: 'ObjectExpression', properties });

export function property(key: string, value: t.Expression): t.ObjectProperty {
  return make<t.ObjectProperty>({
    type: 'ObjectProperty',
    key: NAME.test(key) ? id(key) : str(key),
    value,
    computed: false,
    shorthand: false,
  });
}

export const spread = (argument: t.Expression): t.SpreadElement => make<t.SpreadElement>({ type: 'SpreadElement', argument });
export const rest = (argument: t.LVal): t.RestElement =>
  make<t.RestElement>({ type: 'RestElement', argument: argument as t.RestElement['argument'] });
export const binary = (operator: t.BinaryExpression['operator'], left: t.Expression, right: t.Expression): t.BinaryExpression =>
  make<t.BinaryExpression>({ type: 'BinaryExpression', operator, left, right });
export const not = (argument: t.Expression): t.UnaryExpression =>
  make<t.UnaryExpression>({ type: 'UnaryExpression', operator: '!', prefix: true, argument });

export const statement = (expression: t.Expression, at?: t.Node | null): t.ExpressionStatement =>
  make<t.ExpressionStatement>({ type: 'ExpressionStatement', expression }, at ?? expression);
export const block = (body: t.Statement[], at?: t.Node | null): t.BlockStatement =>
  make<t.BlockStatement>({ type: 'BlockStatement', body, directives: [] }, at);
export const returns = (argument: t.Expression | null, at?: t.Node | null): t.ReturnStatement =>
  make<t.ReturnStatement>({ type: 'ReturnStatement', argument }, at);
export const throws = (argument: t.Expression, at?: t.Node | null): t.ThrowStatement =>
  make<t.ThrowStatement>({ type: 'ThrowStatement', argument }, at);
export const when = (
  test: t.Expression,
  consequent: t.Statement,
  alternate: t.Statement | null = null,
  at?: t.Node | null,
): t.IfStatement => make<t.IfStatement>({ type: 'IfStatement', test, consequent, alternate }, at);

export function declare(
  kind: 'let' | 'const' | 'var',
  declarations: readonly (readonly [t.LVal, t.Expression | null])[],
  at?: t.Node | null,
): t.VariableDeclaration {
  const declarators = declarations.map(([target, init]) =>
    make<t.VariableDeclarator>({ type: 'VariableDeclarator', id: target as t.VariableDeclarator['id'], init }),
  );
  return make<t.VariableDeclaration>({ type: 'VariableDeclaration', kind, declarations: declarators }, at);
}

/** A declaration of variables without values; none at all for no names. */
export function declareAll(kind: 'let' | 'var', names: readonly string[]): t.VariableDeclaration[] {
  if (names.length === 0) return [];
  const targets = names.map((name): [t.Identifier, null] => [id(name), null]);
  return [declare(kind, targets)];
}

export const arrow = (
  params: t.ArrowFunctionExpression['params'],
  body: t.Expression | t.BlockStatement,
  at?: t.Node | null,
): t.ArrowFunctionExpression =>
  make<t.ArrowFunctionExpression>(
    { type: 'ArrowFunctionExpression', params, body, async: false, expression: body.type !== 'BlockStatement' },
    at,
  );

export function functionExpression(
  name: string | null,
  params: t.FunctionExpression['params'],
  body: t.BlockStatement,
  at?: t.Node | null,
): t.FunctionExpression {
  return make<t.FunctionExpression>(
    { type: 'FunctionExpression', id: name === null ? null : id(name), params, body, async: false, generator: false },
    at,
  );
}

/** The expression behind a string constant or name used as a property key. */
export function keyExpression(key: t.Expression | t.PrivateName | t.Identifier, computed: boolean): t.Expression {
  if (key.type === 'Identifier' && !computed) return str(key.name);
  return key as t.Expression;
}
