/** How the engine starts and holds a VM worker, whether it is a thread or, in tests and simulators, an object beside it. */
import type { FromWorker, ToWorker } from '../worker/protocol.ts';

export interface WorkerEvents {
  message(message: FromWorker): void;
  /** The worker is gone, for whatever reason; called once, nothing follows. */
  exit(reason: string): void;
}

export interface WorkerPort {
  /** Shared with the worker, see HEARTBEAT. */
  readonly heartbeat: Int32Array;
  post(message: ToWorker): void;
  /** Ends the worker, whatever it is doing. Returns at once; `exit` follows. */
  terminate(): void;
}

/** Starts a worker. Its first message must be a seed. `events` are called after this has returned. */
export type StartWorker = (events: WorkerEvents) => WorkerPort;
