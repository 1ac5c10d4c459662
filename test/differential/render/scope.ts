/** What a construct of a random program may refer to. */

export interface Variable {
  readonly name: string;
  readonly mutable: boolean;
}

/** What a construct may refer to where it stands. */
export interface Scope {
  readonly numbers: Variable[];
  readonly functions: string[];
  readonly asyncFunctions: string[];
  readonly generators: string[];
  readonly classes: string[];
  readonly instances: string[];
  readonly iterators: string[];
  readonly tasks: string[];
  readonly labels: string[];
  readonly mode: 'async' | 'sync' | 'generator';
  readonly inLoop: boolean;
  readonly inSwitch: boolean;
  readonly canReturn: boolean;
  readonly hasThis: boolean;
  readonly hasPrivate: boolean;
  readonly hasArguments: boolean;
}

export function topScope(mode: Scope['mode'], numbers: readonly string[]): Scope {
  return {
    numbers: numbers.map((name) => ({ name, mutable: true })),
    functions: [],
    asyncFunctions: [],
    generators: [],
    classes: [],
    instances: [],
    iterators: [],
    tasks: [],
    labels: [],
    mode,
    inLoop: false,
    inSwitch: false,
    canReturn: false,
    hasThis: false,
    hasPrivate: false,
    hasArguments: false,
  };
}

/** A nested scope: declarations made in it stay in it. */
export function inner(scope: Scope): Scope {
  return {
    ...scope,
    numbers: [...scope.numbers],
    functions: [...scope.functions],
    asyncFunctions: [...scope.asyncFunctions],
    generators: [...scope.generators],
    classes: [...scope.classes],
    instances: [...scope.instances],
    iterators: [...scope.iterators],
    tasks: [...scope.tasks],
    labels: [...scope.labels],
  };
}

export const indent = (text: string, levels = 1): string =>
  text
    .split('\n')
    .map((line) => '  '.repeat(levels) + line)
    .join('\n');

/** The item that a number picks. */
export const at = <T>(items: readonly T[], pick: number): T | undefined => (items.length === 0 ? undefined : items[pick % items.length]);
