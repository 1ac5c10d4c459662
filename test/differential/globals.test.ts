import { expect, test } from 'vitest';
import { NODE_GLOBALS } from '../../sandbox/compiler/source/globals.ts';
import { compileSource, runCompiled } from './harness.ts';
import { guestSource, makeMachine } from './machines.ts';

test('the compiler knows exactly the globals that a program finds', async () => {
  const source = 'export default async function main() { return Object.getOwnPropertyNames(globalThis); }';
  const machine = await makeMachine(guestSource());
  const { outcome } = runCompiled(compileSource({ modules: { 'main.js': source }, entry: 'main.js', args: {} }), {}, machine);
  if (outcome.kind !== 'exit') throw new Error('the program failed');
  // It is there so that it can say why it does nothing, and the compiler refuses it.
  const found = (outcome.value as string[]).filter((name) => name !== 'Function');
  expect(found.toSorted()).toEqual([...NODE_GLOBALS].toSorted());
});
