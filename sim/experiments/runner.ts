/** Computes an experiment: every seed of every point, several at once in processes of their own. */
import type { Batch, Experiment, Point, Size, Values } from './experiment.ts';

/** One seed of one point. */
export interface Task {
  readonly experiment: string;
  readonly point: Point;
  readonly seed: string;
}

/** Computes one task after the other. */
export interface Computer {
  compute(task: Task): Promise<Values>;
  close(): void;
}

/** What came out at a point: the values of the seeds `1`, `2` ... */
export interface PointResult {
  readonly point: Point;
  readonly values: readonly Values[];
}

export interface RunOptions {
  readonly size: Size;
  /** In place of the seeds that the experiment itself would take; null for those. */
  readonly seeds: number | null;
  /** How many are computed at once. */
  readonly jobs: number;
  readonly open: () => Computer;
  readonly signal: AbortSignal;
  /** Told of every task that is done. */
  readonly done: (tasks: number, of: number) => void;
}

/** Null when it was interrupted. Rejects with what a task failed with. */
export async function run(experiment: Experiment, options: RunOptions): Promise<readonly PointResult[] | null> {
  const { signal, open, done } = options;
  const planned = batchesOf(experiment, options);
  const values: Values[][] = planned.map(() => []);
  const tasks = tasksOf(experiment.name, planned);
  const isOfMachine = Object.values(experiment.measures).some((measure) => measure.isOfMachine === true);
  const left = tasks.values();
  let finished = 0;
  let hasFailed = false;
  const work = async (): Promise<void> => {
    let computer = open();
    const stop = (): void => computer.close();
    signal.addEventListener('abort', stop);
    try {
      for (const { batch, number, task } of left) {
        if (signal.aborted || hasFailed) return;
        if (isOfMachine && finished > 0) {
          computer.close();
          computer = open();
        }
        values[batch]![number] = await computer.compute(task);
        finished += 1;
        done(finished, tasks.length);
      }
    } catch (error) {
      hasFailed = true;
      // Whoever interrupts ends the computers in the middle of their work.
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      computer.close();
    }
  };
  // What is measured on this machine must have it for itself.
  const jobs = isOfMachine ? 1 : Math.min(options.jobs, tasks.length);
  await Promise.all(Array.from({ length: jobs }, work));
  return finished < tasks.length ? null : planned.map(({ point }, index) => ({ point, values: values[index]! }));
}

function batchesOf(experiment: Experiment, { size, seeds }: RunOptions): readonly Batch[] {
  return experiment.sizes[size].map((batch) => (seeds === null ? batch : { ...batch, seeds }));
}

interface PlacedTask {
  readonly batch: number;
  readonly number: number;
  readonly task: Task;
}

/** Seed by seed, so that the first tasks take about as long as the later ones, and time left can be foreseen. */
function tasksOf(experiment: string, planned: readonly Batch[]): PlacedTask[] {
  const most = Math.max(0, ...planned.map(({ seeds }) => seeds));
  return Array.from({ length: most }, (_, number) =>
    planned.flatMap(({ point, seeds }, batch) =>
      number < seeds ? [{ batch, number, task: { experiment, point, seed: String(number + 1) } }] : [],
    ),
  ).flat();
}
