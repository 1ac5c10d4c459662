/** Checks of what a caller or a scenario asks for. Each throws MisuseError `bad-parameter` that names the parameter and what is allowed. */
import { MisuseError } from '../core/errors.ts';

function refuse(name: string, value: number, expected: string): never {
  throw new MisuseError('bad-parameter', `${name} is ${value}; expected ${expected}`);
}

export function requirePositive(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) refuse(name, value, 'a number above 0');
}

export function requireNotNegative(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) refuse(name, value, 'a number of at least 0');
}

export function requireBetween(name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) refuse(name, value, `a number from ${low} to ${high}`);
}

export function requireWhole(name: string, value: number, low: number, high: number): void {
  if (!(Number.isInteger(value) && value >= low && value <= high)) refuse(name, value, `a whole number from ${low} to ${high}`);
}
