/**
 * One process of the emitter-mutation check. `prepare FILE` writes what Node observes for every fixture;
 * `judge FILE GUEST FIRST` runs the fixtures with the compiler bundled into this very script, those named in FIRST
 * first, and prints the verdict as JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { guestSource, makeMachine } from '../machines.ts';
import { judge } from './judge.ts';
import { type ExpectedObservation, expectedObservations } from './observations.ts';

const [task, observationsFile = '', guestFile = '', first = '[]'] = process.argv.slice(2);
if (task === 'prepare') {
  writeFileSync(observationsFile, JSON.stringify(await expectedObservations()));
  writeFileSync(guestFile, guestSource());
} else {
  const observations = JSON.parse(readFileSync(observationsFile, 'utf8')) as ExpectedObservation[];
  const favourites = new Set(JSON.parse(first) as string[]);
  const ordered = observations.toSorted((a, b) => Number(favourites.has(b.name)) - Number(favourites.has(a.name)));
  const machine = await makeMachine(readFileSync(guestFile, 'utf8'));
  process.stdout.write(JSON.stringify(judge(ordered, machine)));
}
