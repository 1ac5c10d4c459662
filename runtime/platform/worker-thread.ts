/** The VM worker as a thread of this process. */
import { Worker } from 'node:worker_threads';
import type { Limits } from '../../core/limits.ts';
import type { StartWorker } from '../engine/worker-port.ts';
import { HEARTBEAT_WORDS, type WorkerBoot } from '../worker/protocol.ts';
import { keepYoungHeapSmall } from './young-heap.ts';

export interface WorkerThreadOptions {
  /** The bundled worker, `dist/worker.js`. */
  readonly script: URL;
  /** Text of the bundled guest runtime. */
  readonly guestSource: string;
  readonly limits: Limits;
}

/** Starts worker threads with a stack and a heap of their own, so that what a guest provokes in one cannot overflow main's. */
export function workerThreads(options: WorkerThreadOptions): StartWorker {
  const { script, guestSource, limits } = options;
  return (events) => {
    const heartbeat = new SharedArrayBuffer(HEARTBEAT_WORDS * Int32Array.BYTES_PER_ELEMENT);
    const boot: WorkerBoot = { heartbeat, guestSource, limits };
    const worker = new Worker(script, {
      workerData: boot,
      name: 'vm',
      resourceLimits: {
        stackSizeMb: limits.workerStackMib,
        maxOldGenerationSizeMb: limits.workerHeapMib,
        // A worker's garbage is short-lived; the default would let tens of megabytes of it pile up before looking.
        maxYoungGenerationSizeMb: limits.workerYoungHeapMib,
      },
    });
    let reason = 'it ended by itself';
    worker.once('online', keepYoungHeapSmall);
    worker.on('message', events.message);
    worker.on('error', (error) => {
      reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    });
    worker.on('exit', () => events.exit(reason));
    return {
      heartbeat: new Int32Array(heartbeat),
      post: (message) => worker.postMessage(message),
      terminate: () => void worker.terminate(),
    };
  };
}
