/**
 * Loaded into both threads of a benchmarked daemon before the daemon itself: has V8 collect their garbage and close up what is left, when it
 * is asked to. A daemon that is left alone does so by itself, but nobody knows when. A bundle of its own.
 */
import { Session } from 'node:inspector';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const COLLECT = 'collect';
const COLLECTED = 'collected';

const session = new Session();
session.connect();
const threads = new BroadcastChannel('collector');
threads.unref();
if (isMainThread) {
  process.on('message', (question) => {
    if (question === COLLECT) collect(() => threads.postMessage(COLLECT));
  });
  threads.addEventListener('message', () => void process.send!(COLLECTED));
} else {
  threads.addEventListener('message', () => collect(() => threads.postMessage(COLLECTED)));
}

function collect(done: () => void): void {
  session.post('HeapProfiler.collectGarbage', done);
}
