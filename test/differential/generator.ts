import * as fc from 'fast-check';

/**
 * The shape of a random program. A node says only what kind of construct it is, with a number that picks among what is in
 * scope where it stands, and with parts and bodies of which the construct takes as many as it needs. Every such tree is a
 * well-formed program (see `render/`), so shrinking may cut anywhere.
 */
export interface Expression {
  readonly kind: (typeof expressionKinds)[number];
  readonly pick: number;
  readonly parts: readonly Expression[];
  readonly body: readonly Statement[];
}

export interface Statement {
  readonly kind: (typeof statementKinds)[number];
  readonly pick: number;
  readonly parts: readonly Expression[];
  readonly bodies: readonly (readonly Statement[])[];
}

export interface RandomProgram {
  /** Whether the declarations are a module of their own. */
  readonly split: boolean;
  /** Functions and classes of the module. */
  readonly declarations: readonly Statement[];
  readonly body: readonly Statement[];
}

// Shrinking goes towards the first kind of each list.
export const expressionKinds = [
  'literal',
  'variable',
  'suspend',
  'await',
  'add',
  'multiply',
  'compare',
  'conditional',
  'and',
  'or',
  'nullish',
  'sequence',
  'assign',
  'compound',
  'logicalAssign',
  'update',
  'element',
  'elementAssign',
  'member',
  'memberAssign',
  'objectSpread',
  'arraySpread',
  'template',
  'tagged',
  'destructure',
  'call',
  'callAsync',
  'callMethod',
  'optionalCall',
  'arguments',
  'thisField',
  'privateField',
  'newInstance',
  'generatorNext',
  'all',
  'race',
  'then',
  'task',
  'asyncArrow',
  'in',
  'delete',
  'typeof',
] as const;

export const statementKinds = [
  'log',
  'let',
  'expression',
  'const',
  'var',
  'if',
  'block',
  'for',
  'forOf',
  'forOfEntries',
  'forOfGenerator',
  'forIn',
  'while',
  'doWhile',
  'labelled',
  'switch',
  'tryCatch',
  'tryFinally',
  'tryCatchFinally',
  'throw',
  'break',
  'continue',
  'return',
  'keepClosure',
  'keepAsyncClosure',
  'function',
  'asyncFunction',
  'arrow',
  'generator',
  'class',
  'startTask',
  'objectPattern',
  'arrayPattern',
] as const;

/** Drawn more often than the others: what makes a program stand still, and what a suspension can lose. */
const frequentExpressions = ['suspend', 'callAsync', 'variable', 'assign', 'callMethod', 'generatorNext'] as const;

const expressionDepth = { maxDepth: 3, depthSize: 'max', depthIdentifier: 'expression', withCrossShrink: true } as const;
const statementDepth = { maxDepth: 3, depthSize: 'max', depthIdentifier: 'statement', withCrossShrink: true } as const;

const { expression, statement, statements } = fc.letrec<{ expression: Expression; statement: Statement; statements: Statement[] }>(
  (tie) => ({
    expression: fc.oneof(
      expressionDepth,
      fc.record({ kind: fc.constantFrom(...expressionKinds.slice(0, 3)), pick: fc.nat(11), parts: fc.constant([]), body: fc.constant([]) }),
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom(...expressionKinds, ...frequentExpressions, ...frequentExpressions),
          pick: fc.nat(11),
          parts: fc.array(tie('expression'), { minLength: 1, maxLength: 3, size: 'max' }),
          body: fc.oneof({ weight: 19, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: tie('statements') }),
        }),
      },
    ),
    statement: fc.oneof(
      statementDepth,
      fc.record({
        kind: fc.constantFrom(...statementKinds.slice(0, 3)),
        pick: fc.nat(11),
        parts: fc.array(tie('expression'), { minLength: 1, maxLength: 1 }),
        bodies: fc.constant([]),
      }),
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constantFrom(...statementKinds),
          pick: fc.nat(11),
          parts: fc.array(tie('expression'), { minLength: 1, maxLength: 3, size: 'max' }),
          bodies: fc.array(tie('statements'), { minLength: 1, maxLength: 3, size: 'max' }),
        }),
      },
    ),
    statements: fc.array(tie('statement'), { minLength: 1, maxLength: 2, size: 'max' }),
  }),
);

const declaration = fc.record({
  kind: fc.constantFrom('asyncFunction' as const, 'function' as const, 'generator' as const, 'class' as const),
  pick: fc.nat(11),
  parts: fc.array(expression, { maxLength: 2 }),
  bodies: fc.array(statements, { maxLength: 2 }),
});

/** Random programs; small ones first. */
export const randomProgram: fc.Arbitrary<RandomProgram> = fc.record({
  split: fc.boolean(),
  declarations: fc.array(declaration, { maxLength: 3 }),
  body: fc.array(statement, { minLength: 2, maxLength: 7, size: 'max' }),
});
