/** Machines that experiments model: what they cost in time, and where each number comes from. */
import type { CpuCosts } from '../node/cpu.ts';
import type { Parameter } from './experiment.ts';
import type { NetworkOptions } from './network.ts';

export interface Machine {
  readonly radio: NetworkOptions['radio'];
  readonly cpu: CpuCosts;
}

/** A core of a Pi against one of the machine that the benchmark ran on: an assumption. */
const PI_SLOWER = 4;

/**
 * `ipaq`: what a slice and a kilobyte cost is fitted to the two times that were measured with GPSR; the other two are then predictions.
 * `pi`: what lone hops were measured to take between two daemons (`npm run bench -- hop`), times {@link PI_SLOWER}.
 */
export const MACHINES = {
  ipaq: { radio: '802.11b', cpu: { sliceMs: 3.05, stepsPerMs: 500, messageMs: 1, kilobyteMs: 1.15 } },
  pi: { radio: '802.11n', cpu: { sliceMs: 2, stepsPerMs: 5000, messageMs: 0.4, kilobyteMs: 0.85 } },
} as const satisfies Record<string, Machine>;

const FITTED = 'fitted to 126.6 ms (cached) and 415.6 ms (not cached) with GPSR';
const MEASURED = `fitted to the least that lone hops took between daemons: 0.86 ms with code cached, 3.7 ms with 5 kB of new code, 0.07 ms for each kilobyte more; taken for 17 kB, times ${PI_SLOWER}`;

export const IPAQ_PARAMETERS: readonly Parameter[] = [
  { name: 'iPAQ: radio', value: '802.11b, 11 Mb/s', unit: '', source: 'slide 43 says 802.11; the rate is an assumption' },
  { name: 'iPAQ: a slice', value: MACHINES.ipaq.cpu.sliceMs, unit: 'ms', source: FITTED },
  { name: 'iPAQ: a kilobyte received', value: MACHINES.ipaq.cpu.kilobyteMs, unit: 'ms', source: FITTED },
  { name: 'iPAQ: a message received', value: MACHINES.ipaq.cpu.messageMs, unit: 'ms', source: 'assumption' },
  {
    name: 'iPAQ: interpreter',
    value: MACHINES.ipaq.cpu.stepsPerMs,
    unit: 'steps/ms',
    source: 'assumption: some 400 clock cycles of 206 MHz for a turn of a loop or a call',
  },
];

export const PI_PARAMETERS: readonly Parameter[] = [
  { name: 'Pi: radio', value: '802.11n, MCS 7', unit: '', source: 'what its chip can do with one stream' },
  { name: 'Pi: a slice', value: MACHINES.pi.cpu.sliceMs, unit: 'ms', source: MEASURED },
  { name: 'Pi: a message received', value: MACHINES.pi.cpu.messageMs, unit: 'ms', source: MEASURED },
  { name: 'Pi: a kilobyte received', value: MACHINES.pi.cpu.kilobyteMs, unit: 'ms', source: MEASURED },
  { name: 'Pi: interpreter', value: MACHINES.pi.cpu.stepsPerMs, unit: 'steps/ms', source: `assumption: a core ${PI_SLOWER} times as slow` },
];
