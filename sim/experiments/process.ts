/** Processes that compute: a child for each job, which gets one task after the other. */
import { fork } from 'node:child_process';
import { DataError } from '../../core/errors.ts';
import type { Experiment, Setting, Values } from './experiment.ts';
import type { Computer, Task } from './runner.ts';

/** The first argument of a child. */
export const CHILD_ARGUMENT = 'compute-tasks';

type Answer = { readonly values: Values } | { readonly failure: string };

/** Starts a child: the same script, told to compute. */
export function openProcess(script: string): Computer {
  const child = fork(script, [CHILD_ARGUMENT], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let answered: ((answer: Answer) => void) | null = null;
  child.on('message', (answer) => answered?.(answer as Answer));
  child.on('exit', (code, signal) => answered?.({ failure: `its process ended with ${signal ?? code}` }));
  return {
    async compute(task) {
      const answer = await new Promise<Answer>((resolve) => {
        answered = resolve;
        child.send(task, (error) => error !== null && resolve({ failure: `its process is gone: ${error.message}` }));
      });
      if ('values' in answer) return answer.values;
      const { experiment, point, seed } = task;
      throw new DataError('experiment-failed', `${experiment} at ${JSON.stringify(point)} with seed ${seed}: ${answer.failure}`);
    },
    close: () => void child.kill(),
  };
}

/** A child's life: it computes what it is told until its parent is gone. */
export function serveTasks(load: (name: string) => Promise<Experiment>, setting: Setting): void {
  process.on('message', (task) => void answer(task as Task));
  // A terminal interrupts all its processes; the parent says when a child's work is over.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit());

  async function answer({ experiment, point, seed }: Task): Promise<void> {
    process.send!(await (await load(experiment)).compute(point, seed, setting).then(valuesOf, failureOf));
  }
}

function valuesOf(values: Values): Answer {
  return { values };
}

function failureOf(error: unknown): Answer {
  return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
