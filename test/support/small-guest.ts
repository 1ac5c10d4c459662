import { Sandbox } from '../../sandbox/vm/sandbox.ts';
import { ENVIRONMENT } from './journey.ts';
import type { SliceLimits, SliceProgram, SliceReport } from '../../sandbox/vm/slice.ts';

/**
 * A guest runtime reduced to the contract with the sandbox: a program is one brick, a function that is called with its
 * arguments, the state and the host, and returns the text that the slice returns.
 */
export const SMALL_GUEST = `(() => {
  const host = globalThis.$host;
  let program;
  globalThis.$load = (index, brick, importMap) => {
    if (typeof brick !== 'function') throw new TypeError('brick ' + index + ' is not a function');
    program = brick(JSON.parse(importMap), host);
  };
  const ask = (request) => JSON.parse(host(JSON.stringify(request)));
  globalThis.$slice = (input, state) => program(JSON.parse(input).args.json, state, ask);
  globalThis.$seal = () => {
    for (const name of ['$host', '$numbers', '$load', '$slice', '$seal']) delete globalThis[name];
  };
})()`;

export const GENEROUS: SliceLimits = { cpuMs: 500, memoryBytes: 4 << 20, outputBytes: 1 << 20, stateBytes: 1 << 18 };

export async function smallSandbox(options: Partial<Parameters<typeof Sandbox.create>[0]> = {}): Promise<Sandbox> {
  return Sandbox.create({
    guestSource: SMALL_GUEST,
    clock: { monotonicMs: () => performance.now() },
    ...options,
    limits: { sandboxMemoryBytes: 24 << 20, guestStackBytes: 128 << 10, hotImages: 4, hotImageBytes: 4 << 20, ...options.limits },
  });
}

/** A program of the small guest: the body of a function of (input, state, ask) in which `exit(value)` and `wait(state)` make outputs. */
export function smallProgram(hash: string, body: string, declarations = ''): SliceProgram {
  const source = `((importMap, rawHost) => {
    const output = (outcome) => JSON.stringify({ outcome, tags: [], children: [], logs: [] });
    const exit = (value) => output({ kind: 'exit', value });
    const wait = (state) => output({ kind: 'wait', waits: [], state: '' }) + '\\n' + state;
    ${declarations}
    return (input, state, ask) => { ${body} };
  })`;
  return { hash, bricks: [Buffer.from(source)], importMap: [{}] };
}

export interface SmallRun {
  readonly input?: object;
  readonly state?: string | Uint8Array | null;
  readonly host?: (request: unknown) => unknown;
  readonly limits?: Partial<SliceLimits>;
}

export function runSmall(sandbox: Sandbox, program: SliceProgram, run: SmallRun = {}): SliceReport {
  const state = run.state ?? null;
  return sandbox.runSlice({
    program,
    input: { args: { json: run.input ?? {} }, events: [], env: ENVIRONMENT },
    state: typeof state === 'string' ? Buffer.from(state) : state,
    host: run.host ?? (() => ({ ok: null })),
    limits: { ...GENEROUS, ...run.limits },
  });
}

/** The exit value of a slice that must have exited. */
export function exitOf(report: SliceReport): unknown {
  if (report.kind !== 'done') throw new Error(`killed: ${report.reason}: ${report.detail}`);
  if (report.output.outcome.kind !== 'exit') throw new Error(`no exit: ${JSON.stringify(report.output.outcome)}`);
  return report.output.outcome.value;
}
