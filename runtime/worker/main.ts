/** Entry of the VM worker thread: connects an {@link Executor} with the thread's port and clock, and keeps it going. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { BugError, invariant } from '../../core/errors.ts';
import type { Timer } from '../../core/ports.ts';
import { Sandbox } from '../../sandbox/vm/sandbox.ts';
import { systemClock } from '../platform/clock.ts';
import { threadCpuMs } from '../platform/cpu.ts';
import { systemEntropy } from '../platform/entropy.ts';
import { Executor } from './executor.ts';
import { HEARTBEAT, type ToWorker, type WorkerBoot } from './protocol.ts';

/** After working this long the thread goes through its event loop once, where the engine's own housekeeping has its turn. */
const TURN_MS = 100;

const port = parentPort ?? missingPort();
const boot = workerData as WorkerBoot;
const heartbeat = new Int32Array(boot.heartbeat);
const sandbox = await Sandbox.create({
  guestSource: boot.guestSource,
  clock: threadCpuMs === undefined ? systemClock : { ...systemClock, threadCpuMs },
  limits: boot.limits,
  onProgress: () => void Atomics.add(heartbeat, HEARTBEAT.progress, 1),
});
let executor: Executor | undefined;
let alarm: Timer | undefined;

port.on('message', (message: ToWorker) => {
  receive(message);
  work();
});

function receive(message: ToWorker): void {
  if (executor === undefined) {
    invariant(message.type === 'seed', 'the first message to a worker must be its seed');
    executor = new Executor({
      seed: message,
      clock: systemClock,
      entropy: systemEntropy,
      limits: boot.limits,
      runner: sandbox,
      heartbeat,
      send: (answer) => port.postMessage(answer),
    });
    port.postMessage({ type: 'ready', generation: message.generation });
    return;
  }
  executor.handle(message);
}

/** Works until there is nothing to do, taking in between, without going through the event loop, what has come meanwhile. */
function work(): void {
  const untilMs = systemClock.monotonicMs() + TURN_MS;
  alarm?.cancel();
  alarm = undefined;
  do {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) receive(next.message as ToWorker);
    if (executor === undefined || !executor.step()) return sleep();
  } while (systemClock.monotonicMs() < untilMs);
  alarm = systemClock.setTimer(0, work);
}

function sleep(): void {
  sandbox.anticipate();
  const nextMs = executor?.nextStepMs() ?? Infinity;
  if (nextMs !== Infinity) alarm = systemClock.setTimer(Math.max(0, nextMs - systemClock.monotonicMs()), work);
}

function missingPort(): never {
  throw new BugError('no-port', 'the worker entry was started outside a worker thread');
}
