import { listFixtures, readModules, stripTypes } from '../fixtures.ts';
import { compileSource } from '../harness.ts';
import { startNativeRunner } from '../native.ts';
import type { Observation, SourceProgram } from '../program.ts';
import { stress } from '../stress.ts';

/** A program with what Node observed: enough to judge a compiler without running anything natively again. */
export interface ExpectedObservation {
  readonly name: string;
  readonly program: SourceProgram;
  readonly expected: Observation;
  /** What the intact compiler makes of it. */
  readonly bricks: readonly string[];
}

/** Runs every fixture natively with every await suspending: the statements that are taken apart are those of the fixture itself. */
export async function expectedObservations(): Promise<ExpectedObservation[]> {
  const native = startNativeRunner();
  try {
    const all: ExpectedObservation[] = [];
    for (const { name, path } of listFixtures()) {
      const program = stress({ modules: readModules(path), entry: path, args: {} });
      const bricks = compileSource(program).bricks.map(({ hash }) => hash);
      all.push({ name, program, bricks, expected: await native.run(stripTypes(program)) });
    }
    return all;
  } finally {
    await native.close();
  }
}
