/**
 * The only place where the simulator touches the machine's event loop. Everything in a simulation lives in memory, so what one event
 * leads to settles in microtasks; the next event may begin only when the last of them is done.
 */

/** After so many events the event loop has its turn, so that signals and output are not kept waiting. Nothing in a simulation notices. */
const EVENTS_PER_TURN = 512;

/**
 * Calls `step` again and again, with all microtasks done in between, until it returns false. Rejects with what it throws.
 *
 * Node runs the whole queue of microtasks before it takes up the next tick, so a tick that is asked for from a microtask comes after all
 * others, those included that come of themselves. A turn of the event loop would do the same for many times the price.
 */
export function runInTurns(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let events = 0;
    const next = (): void => {
      try {
        if (!step()) return resolve();
      } catch (error) {
        return reject(error);
      }
      events += 1;
      if (events % EVENTS_PER_TURN === 0) setImmediate(next);
      else queueMicrotask(later);
    };
    const later = (): void => process.nextTick(next);
    queueMicrotask(later);
  });
}
