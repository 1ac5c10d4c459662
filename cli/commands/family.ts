/** Commands on a running or ended application: `sm result`, `ps`, `kill`, `trace`. */
import type { Command } from 'commander';
import type { FamilyResult, FamilySurvey, HopInfo, ResidentInfo } from '../../runtime/control/protocol.ts';
import type { Context } from '../context.ts';
import { EXIT, ExitWith } from '../exit.ts';
import { lastAcknowledged } from '../../runtime/family/last-acknowledged.ts';
import { hopText, showHops } from '../hops.ts';
import { whereaboutsOf, whereaboutsText } from '../whereabouts.ts';
import { bytesText, countText, durationText, table } from '../output.ts';
import { describeResult } from '../results.ts';

export function registerFamily(program: Command, context: () => Context): void {
  program
    .command('result')
    .description('fetch the result of an application from its origin; it waits there until fetched')
    .argument('<id>', 'the id that deploy printed; its first digits are enough')
    .option('--wait', 'wait until the application has ended', false)
    .option('--keep', 'leave the result at the origin', false)
    .option('--at <node>', 'the origin; found by itself when left out')
    .addHelpText(
      'after',
      '\nExample:\n  sm result 3f2a --wait\n\nExit codes: 0 it returned, 1 it failed or was killed, 2 no node knows it, 5 nodes that may know it are not reachable.',
    )
    .action((id: string, flags: { wait: boolean; keep: boolean; at?: string }) => showResult(context(), id, flags));
  program
    .command('ps')
    .description('list Smart Messages: those on one node, or all members of one application wherever they are')
    .argument('[id]', 'an application')
    .option('--at <node>', 'the node to ask')
    .addHelpText('after', '\nExamples:\n  sm ps --at kitchen\n  sm ps 3f2a')
    .action((id: string | undefined, flags: { at?: string }) => listResidents(context(), id, flags.at));
  program
    .command('kill')
    .description('end every Smart Message of an application, wherever it is; late arrivals are refused until its lifetime ends')
    .argument('<id>', 'the application')
    .option('--at <node>', 'the origin; found by itself when left out')
    .addHelpText('after', '\nExample:\n  sm kill 3f2a')
    .action((id: string, flags: { at?: string }) => kill(context(), id, flags.at));
  program
    .command('trace')
    .description('show every hop of an application: from, to, link, time, state bytes, bricks sent')
    .argument('<id>', 'the application')
    .option('-f, --follow', 'go on until the application ends', false)
    .option('--at <node>', 'the origin; found by itself when left out')
    .addHelpText('after', '\nExample:\n  sm trace 3f2a --follow')
    .action((id: string, flags: { follow: boolean; at?: string }) => trace(context(), id, flags));
}

async function showResult(context: Context, id: string, flags: { wait: boolean; keep: boolean; at?: string }): Promise<void> {
  await using found = await context.findFamily(id, flags.at, true);
  if (flags.wait) context.output.progress(`waiting for ${id} ...`);
  const result = await found.client.call('result', { family: found.family, follow: flags.wait, keep: flags.keep });
  if (result.outcome !== 'running') return printResult(context, result);
  const whereabouts = await whereaboutsOf(context, found.client, found.family);
  context.output.result({ ...result, whereabouts }, `${result.family.slice(0, 8)} ${whereaboutsText(whereabouts, context.clock.wallMs())}`);
  warnSilent(context, whereabouts.silent);
}

/** Prints how an application ended; ends the command with 1 when it did not return. */
export async function printResult(context: Context, result: FamilyResult): Promise<void> {
  const text = await describeResult(context, result);
  context.output.result(result, text);
  if (result.outcome !== 'returned' && result.outcome !== 'running') throw new ExitWith(EXIT.programFailed);
}

async function listResidents(context: Context, id: string | undefined, at: string | undefined): Promise<void> {
  if (id === undefined) {
    await using connection = await context.connect(at ?? '');
    printResidents(context, await connection.client.call('ps', { family: null, order: null }));
    return;
  }
  await using found = await context.findFamily(id, at);
  const order = await context.signOrder('ps', found.family);
  const survey = await found.client.call('ps', { family: found.family, order });
  printResidents(context, survey);
  if (survey.silent.length === 0 || survey.items.some(({ root, state }) => root && state !== 'copy')) return;
  const whereabouts = await whereaboutsOf(context, found.client, found.family);
  if (whereabouts.last !== null)
    context.output.warning(`${found.family.slice(0, 8)} ${whereaboutsText(whereabouts, context.clock.wallMs())}`);
}

function printResidents(context: Context, survey: FamilySurvey<ResidentInfo>): void {
  context.output.result(survey, () => {
    if (survey.items.length === 0) return 'no Smart Messages';
    const rows = survey.items.map((sm) => [
      sm.family.slice(0, 8),
      sm.smId.slice(0, 8),
      sm.nodeName,
      sm.program,
      sm.author,
      sm.waitsFor === '' ? sm.state : `${sm.state}: ${sm.waitsFor}`,
      sm.hops,
      durationText(sm.ageMs),
      bytesText(sm.stateBytes),
    ]);
    return table(['APPLICATION', 'SM', 'NODE', 'PROGRAM', 'AUTHOR', 'STATE', 'HOPS', 'AGE', 'SIZE'], rows);
  });
  warnSilent(context, survey.silent);
}

async function kill(context: Context, id: string, at: string | undefined): Promise<void> {
  await using found = await context.findFamily(id, at);
  const order = await context.signOrder('kill', found.family);
  const survey = await found.client.call('kill', { family: found.family, order });
  const killed = survey.items.reduce((sum, item) => sum + item.killed, 0);
  context.output.result(survey, `ended ${countText(killed, 'Smart Message')} on ${countText(survey.answered.length, 'node')}`);
  warnSilent(context, survey.silent);
}

async function trace(context: Context, id: string, flags: { follow: boolean; at?: string }): Promise<void> {
  await using found = await context.findFamily(id, flags.at);
  const hops: HopInfo[] = [];
  const show = (hop: HopInfo): void => {
    hops.push(hop);
    context.output.line(hop, hopText(context, hop));
  };
  const survey = await showHops(context, found.client, found.family, flags.follow, show);
  warnSilent(context, survey.silent);
  if (hops.length === 0) context.output.note('no hop of it is known');
  const last = lastAcknowledged(hops);
  if (last !== null && survey.silent.includes(last.node))
    context.output.warning(`it was last acknowledged at ${last.name}, which did not answer`);
}

function warnSilent(context: Context, silent: readonly string[]): void {
  if (silent.length > 0)
    context.output.warning(
      `${silent.length} node${silent.length === 1 ? '' : 's'} did not answer: ${silent.map((id) => id.slice(0, 8)).join(', ')}`,
    );
}
