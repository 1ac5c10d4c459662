/** What makes life hard for a network, in kinds and degrees. */
import { MisuseError } from '../../../core/errors.ts';
import { requireBetween } from '../../parameters.ts';
import type { ChurnPlan } from './churn.ts';

export interface Adversity {
  /** Frames that a receiver loses by chance, as a share; the radio repeats those to one node, as 802.11 does. */
  readonly lossRate: number;
  /** Mean speed of all nodes. */
  readonly speedMps: number;
  readonly churn: ChurnPlan;
}

/** Of a network in which nodes lose their power. */
export const CHURN = { deadShare: 0.1, meanOutageMs: 5000 } as const;

/** Kinds of adversity: what an axis says of them, and how much of each is looked at. Level 0 of all is `calm`. */
export const ADVERSITIES = {
  loss: { title: 'Loss', axis: 'Frames lost by chance', unit: '%', levels: [20, 35, 50] },
  mobility: { title: 'Mobility', axis: 'Mean speed', unit: 'm/s', levels: [2, 5, 10, 20] },
  churn: { title: 'Churn', axis: 'Power cuts of each node', unit: '1/min', levels: [1, 2, 4] },
  storm: { title: 'All together', axis: 'Of 50 % loss, 10 m/s, 4 power cuts a minute', unit: '%', levels: [33, 67, 100] },
} as const;

export type AdversityKind = keyof typeof ADVERSITIES;

export const CALM = 'calm';
const MOST: Readonly<Record<string, number>> = { [CALM]: 0, loss: 100, storm: 100 };

const STORM = { lossPercent: 50, speedMps: 10, crashesPerMinute: 4 };

/** Throws MisuseError `bad-parameter` for a kind that there is not, or for less than nothing and more than everything of it; of `calm` there is only 0. */
export function adversityOf(kind: string, level: number): Adversity {
  const kinds = [CALM, ...Object.keys(ADVERSITIES)];
  if (!kinds.includes(kind)) throw new MisuseError('bad-parameter', `adversity is ${kind}; expected one of ${kinds.join(', ')}`);
  requireBetween('level', level, 0, MOST[kind] ?? Number.MAX_VALUE);
  const degree = { loss: 0, mobility: 0, churn: 0, [kind]: level };
  const share = kind === 'storm' ? level / 100 : 0;
  return {
    lossRate: (degree.loss + share * STORM.lossPercent) / 100,
    speedMps: degree.mobility + share * STORM.speedMps,
    churn: { ...CHURN, crashesPerMinute: degree.churn + share * STORM.crashesPerMinute },
  };
}
