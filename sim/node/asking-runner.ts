/** A sandbox that tells what programs ask their node. */
import type { HostRequest, SliceEnvironment } from '../../sandbox/guest/boundary.ts';
import type { SliceRunner } from '../../runtime/worker/runner.ts';

type Asked = (self: SliceEnvironment['self'], request: HostRequest, answer: unknown) => void;

export function askingRunner(runner: SliceRunner, asked: Asked): SliceRunner {
  return {
    runSlice: (request) =>
      runner.runSlice({
        ...request,
        host: (question) => {
          const answer = request.host(question);
          asked(request.input.env.self, question, answer);
          return answer;
        },
      }),
  };
}
