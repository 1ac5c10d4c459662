import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../core/errors.ts';
import { parsePolicy } from '../../runtime/policy/document.ts';
import { admissionWorld, hex } from '../support/admission.ts';

const POLICY = parsePolicy(
  `version: 2
deploy: [{}]
io: [{ tags: ['io:*'], may: [read] }]
quotas:
  authors: [{ residents: 4, residentBytes: 900 }]
  family: { residents: 3 }
`,
  'test',
);

type Step =
  | { readonly do: 'arrive' | 'child'; readonly sm: number; readonly family: number; readonly bytes: number }
  | { readonly do: 'ended' | 'withdraw'; readonly sm: number }
  | { readonly do: 'ran'; readonly sm: number; readonly bytes: number };

const sm = fc.integer({ min: 1, max: 6 });
const bytes = fc.integer({ min: 0, max: 400 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('arrive' as const, 'child' as const), sm, family: fc.integer({ min: 1, max: 3 }), bytes }),
  fc.record({ do: fc.constantFrom('ended' as const, 'withdraw' as const), sm }),
  fc.record({ do: fc.constant<'ran'>('ran'), sm, bytes }),
);

/** The plainest bookkeeping there is: a list of who is here, counted afresh each time. */
class Ledger {
  here: { sm: number; author: number; family: number; bytes: number }[] = [];

  admits(author: number, family: number, more: number): boolean {
    const mine = this.here.filter((each) => each.author === author);
    const size = mine.reduce((sum, each) => sum + each.bytes, 0);
    return mine.length < 4 && size + more <= 900 && this.here.filter((each) => each.family === family).length < 3;
  }

  remove(which: number): void {
    if (which >= 0) this.here.splice(which, 1);
  }
}

describe('admission', () => {
  it('admits and refuses as a plain list of residents would, in any order of events', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = admissionWorld({ policy: POLICY });
        const ledger = new Ledger();
        const launches = [1, 2, 3].map((family) => world.launch(family, {}, { author: `a${family % 2}`, authorKey: hex(32, family % 2) }));
        for (const next of steps) {
          const smId = hex(16, next.sm);
          if (next.do === 'arrive' || next.do === 'child') {
            const facts = world.facts(next.sm, { launch: launches[next.family - 1]!, stateBytes: next.bytes });
            const expected = ledger.admits(next.family % 2, next.family, next.bytes);
            let admitted = true;
            try {
              world.manager[next.do](facts);
            } catch (error) {
              if (!(error instanceof RefusedError)) throw error;
              admitted = false;
            }
            expect(admitted).toBe(expected);
            if (admitted) ledger.here.push({ sm: next.sm, author: next.family % 2, family: next.family, bytes: next.bytes });
          } else if (next.do === 'ended') {
            world.manager.ended(smId);
            ledger.remove(ledger.here.findIndex((each) => each.sm === next.sm));
          } else if (next.do === 'withdraw') {
            world.manager.withdraw(smId);
            ledger.remove(ledger.here.findLastIndex((each) => each.sm === next.sm));
          } else if (next.do === 'ran') {
            world.manager.ran(smId, next.bytes, 0);
            const newest = ledger.here.findLast((each) => each.sm === next.sm);
            if (newest !== undefined) newest.bytes = next.bytes;
          }
          const { residents, bytes: held } = world.manager.usage;
          expect([residents, held]).toEqual([ledger.here.length, ledger.here.reduce((sum, each) => sum + each.bytes, 0)]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
