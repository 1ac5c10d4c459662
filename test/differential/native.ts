import { Worker } from 'node:worker_threads';
import type { Observation, SourceProgram } from './program.ts';

/** Runs programs in Node itself, one after the other, in a worker that has V8's module loader switched on. */
export interface NativeRunner {
  run(program: SourceProgram): Promise<Observation>;
  close(): Promise<void>;
}

/**
 * Starts the worker. A run that never ends is ended by the caller's test time limit;
 * a worker that dies rejects every run still under way.
 */
export function startNativeRunner(): NativeRunner {
  const worker = new Worker(new URL('./native/worker.mjs', import.meta.url), { execArgv: ['--experimental-vm-modules', '--no-warnings'] });
  const waiting = new Map<number, { resolve(observation: Observation): void; reject(error: Error): void }>();
  let lastId = 0;
  const failAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', ({ id, result }: { id: number; result: Observation }) => {
    waiting.get(id)?.resolve(result);
    waiting.delete(id);
  });
  worker.on('error', failAll);
  worker.on('exit', (code) => failAll(new Error(`The native worker ended with code ${code}.`)));
  return {
    run: (program) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        worker.postMessage({ id: lastId, program });
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}
