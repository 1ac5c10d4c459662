/** Visits nodes of interest in a region far away, geographically to the region and by AODV in it, and comes home geographically. */
import { aodv } from 'sm/routing/aodv';
import { gpsr } from 'sm/routing/gpsr';
import { hybridWith } from 'sm/routing/hybrid';
import { surveyWith, type Survey } from './survey.ts';

export default async function survey(options: Survey) {
  return surveyWith(options, hybridWith({ towards: gpsr, around: aodv }), gpsr);
}
