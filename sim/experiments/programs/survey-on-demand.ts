/** Visits nodes of interest in a region far away, and comes home, by routes that it finds on demand. */
import { aodv } from 'sm/routing/aodv';
import { surveyWith, type Survey } from './survey.ts';

export default async function survey(options: Survey) {
  return surveyWith(options, aodv, aodv);
}
