/** Changes captured states the way an attacker would who knows their format: most results still decode, many mean something else. */

/** Deterministic chance: the same seed makes the same mutations on every machine. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** A whole number in [0, bound). Marsaglia's xorshift32. */
  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
interface Place {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

const KEYS = ['__proto__', 'constructor', 'prototype', 'then', 'toJSON', 'toString', 'length', '$p', '0', ''];
const STRINGS = ['', 'x', '__proto__', 'constructor', 'Function', 'eval', '\ud800', 'x'.repeat(5000), '%Array.prototype%', '1e400'];
const NUMBERS = [0, 1, -1, 2, 3, 7, 24, 255, 65_535, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 31), 0.5, 1e308, -1e-300];

/** One mutated text of `state`. `pool` are states of other programs, from which parts may come. */
export function mutateState(state: string, pool: readonly string[], dice: Dice): string {
  if (dice.below(12) === 0) return mutateText(state, dice);
  const root = { state: JSON.parse(state) as Json };
  const times = dice.below(3) === 0 ? 2 : 1;
  for (let i = 0; i < times; i++) mutateTree(root, pool, dice);
  return JSON.stringify(root.state);
}

function mutateText(state: string, dice: Dice): string {
  const at = dice.below(state.length);
  const kinds = [
    () => state.slice(0, at),
    () => state.slice(0, at) + dice.pick(['[', ']', '{', '}', ',', '"', '\\', '1', ' ']) + state.slice(at + 1),
    () => state + state,
    () => '['.repeat(1 + dice.below(50_000)),
    () => `${'['.repeat(200)}${state}${']'.repeat(200)}`,
    () => ` ${state}\n`,
  ];
  return dice.pick(kinds)();
}

function mutateTree(root: { state: Json }, pool: readonly string[], dice: Dice): void {
  const places = allPlaces(root);
  // Texts and the values of named properties are the program's own data: changed ones still decode.
  const data = places.filter((place) => place.holder !== root && isData(place));
  const place = dice.pick(data.length > 0 && dice.below(10) < 7 ? data : places);
  setAt(place, change(valueAt(place), places, pool, dice));
}

function change(value: Json, places: readonly Place[], pool: readonly string[], dice: Dice): Json {
  if (typeof value === 'number') return dice.below(2) === 0 ? value + dice.pick([-1, 1]) : dice.pick(NUMBERS);
  if (typeof value === 'string') return dice.below(2) === 0 ? `${value}~` : dice.pick(STRINGS);
  if (typeof value === 'boolean') return !value;
  const kind = dice.below(6);
  if (kind === 0) return structuredClone(valueAt(dice.pick(places)));
  if (kind === 1) return structuredClone(valueAt(dice.pick(allPlaces({ state: JSON.parse(dice.pick(pool)) as Json }))));
  if (kind === 2) return [dice.below(33), dice.pick(NUMBERS), dice.below(4), []];
  if (kind === 3) return dice.pick<Json>([null, [], {}, [2, 0], [1, 0], [17, 'Function'], [6, 0, 0, 3, 0, '__proto__', 8, null, null]]);
  if (Array.isArray(value)) return changeList(value, dice);
  return value === null ? 0 : changeRecord(value, dice);
}

function changeList(list: Json[], dice: Dice): Json[] {
  const at = dice.below(list.length + 1);
  if (dice.below(2) === 0) return list.filter((_item, index) => index !== at);
  return [...list.slice(0, at), list[dice.below(list.length)] ?? null, ...list.slice(at)];
}

function changeRecord(record: { [key: string]: Json }, dice: Dice): Json {
  const entries = Object.entries(record);
  const changed = entries.map(([key, value], index) => (index === 0 ? ([dice.pick(KEYS), value] as const) : ([key, value] as const)));
  return Object.fromEntries(changed);
}

function allPlaces(root: { state: Json }): Place[] {
  const places: Place[] = [{ holder: root, key: 'state' }];
  for (const place of places) {
    const value = valueAt(place);
    if (Array.isArray(value)) places.push(...value.map((_item, key) => ({ holder: value, key })));
    else if (typeof value === 'object' && value !== null) places.push(...Object.keys(value).map((key) => ({ holder: value, key })));
  }
  return places;
}

function isData(place: Place): boolean {
  const value = valueAt(place);
  return typeof value === 'string' || (typeof place.key === 'string' && !isTree(value));
}

function isTree(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

function valueAt({ holder, key }: Place): Json {
  return (holder as Record<string | number, Json>)[key] as Json;
}

function setAt({ holder, key }: Place, value: Json): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}
