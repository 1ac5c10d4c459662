/** The job queue of ECMA-262: everything that settles, settles through here, in order. Empty whenever a slice ends. */
export type Job = () => void;

let jobs: Job[] = [];
let head = 0;

export function enqueue(job: Job): void {
  jobs.push(job);
}

/** Runs jobs until none is left, those included that are added meanwhile. */
export function drain(): void {
  while (head < jobs.length) {
    const job = jobs[head++] as Job;
    // A program that awaits in a loop keeps exactly one job queued: the list must not grow with its length.
    if (head === jobs.length) {
      jobs = [];
      head = 0;
    }
    job();
  }
}
