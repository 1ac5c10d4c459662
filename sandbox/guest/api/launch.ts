/** `launch`: a child that starts at a function of this program. */
import { LIMITS } from '../../../core/limits.ts';
import { encodeArguments } from '../codec/state.ts';
import { bricks, fixedRecords } from '../engine/code.ts';
import { effects } from '../engine/output.ts';
import { isArray } from '../primordials.ts';
import { flagOption, optionsArgument, shareOption, shown } from './check.ts';
import { ask } from './host.ts';

/** Returns the child's id. The arguments are captured now, by value. */
export function launch(fn: unknown, args: unknown = [], options?: unknown): string {
  const { share, transient } = optionsArgument(options, 'launch', ['share', 'transient']);
  const record = typeof fn === 'function' ? fixedRecords.get(fn) : undefined;
  if (record === undefined || bricks[record.brick]?.fixed.get(record.fn) !== fn) {
    throw new TypeError(`launch: the program must be an async function declared at the top level of a module, not ${shown(fn)}`);
  }
  if (!isArray(args)) throw new TypeError(`launch: the arguments must be an array, not ${shown(args)}`);
  const index = effects.children.length;
  if (index >= LIMITS.childrenPerSlice) throw new RangeError(`launch: a slice may launch ${LIMITS.childrenPerSlice} children`);
  const captured = encodeArguments(args);
  if (captured.length > LIMITS.argumentsBytes)
    throw new RangeError(`launch: the arguments take ${captured.length} bytes, at most ${LIMITS.argumentsBytes} are allowed`);
  const id = ask<string>({ ask: 'childId', index });
  effects.children.push({
    index,
    brick: record.brick,
    fn: record.fn,
    args: captured,
    transient: flagOption(transient, 'launch', 'transient', false),
    share: shareOption(share, 'launch'),
  });
  return id;
}
