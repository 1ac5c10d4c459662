/**
 * The bare minimum that a daemon's memory is compared with: an empty process with a worker and the WASM loaded. A bundle of its own,
 * because what the benchmark program itself loads would count.
 */
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url));
  await new Promise((resolve) => worker.once('message', resolve));
  process.on('message', () => process.send!(process.memoryUsage.rss()));
  process.once('disconnect', () => process.exit());
  process.send!('ready');
} else {
  const { getQuickJS } = await import('quickjs-emscripten');
  (await getQuickJS()).newContext();
  parentPort!.postMessage('loaded');
}
