/** Visits nodes of interest in a region far away, with the hybrid router as it comes, and comes home geographically. */
import { gpsr } from 'sm/routing/gpsr';
import { hybrid } from 'sm/routing/hybrid';
import { surveyWith, type Survey } from './survey.ts';

export default async function survey(options: Survey) {
  return surveyWith(options, hybrid, gpsr);
}
