/** All experiments by name. Each is loaded when it is asked for. */
import { MisuseError } from '../../core/errors.ts';
import type { Experiment } from './experiment.ts';

const EXPERIMENTS: Readonly<Record<string, () => Promise<Experiment>>> = {
  'completion-time': async () => (await import('./completion-time.ts')).completionTime,
  'pull-or-push': async () => (await import('./pull-or-push.ts')).pullOrPush,
  'self-routing': async () => (await import('./self-routing.ts')).selfRouting,
  scale: async () => (await import('./scale.ts')).scale,
  'quality-of-result': async () => (await import('./quality-of-result.ts')).qualityOfResult,
  'execution-or-data': async () => (await import('./execution-or-data.ts')).executionOrData,
};

export const EXPERIMENT_NAMES: readonly string[] = Object.keys(EXPERIMENTS);

/** Throws MisuseError `unknown-experiment`. */
export async function loadExperiment(name: string): Promise<Experiment> {
  const load = Object.hasOwn(EXPERIMENTS, name) ? EXPERIMENTS[name] : undefined;
  if (load !== undefined) return load();
  throw new MisuseError('unknown-experiment', `there is no experiment "${name}"`, { hint: `Experiments: ${EXPERIMENT_NAMES.join(', ')}.` });
}
