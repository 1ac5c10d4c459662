/** All commands of `sm`, without running any. */
import { Command } from 'commander';
import { VERSION } from '../runtime/version.ts';
import { registerCompile } from './commands/compile.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDeploy } from './commands/deploy.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerFamily } from './commands/family.ts';
import { registerLogs } from './commands/logs.ts';
import { registerNetwork } from './commands/network.ts';
import { registerNode } from './commands/node.ts';
import { registerNodes } from './commands/nodes.ts';
import { registerPolicy } from './commands/policy.ts';
import { registerSim } from './commands/sim.ts';
import { registerTags } from './commands/tags.ts';
import { registerCompletion } from './completion.ts';
import type { Context } from './context.ts';

/** `context` is called by a command that runs, with the global flags parsed by then. */
export function createProgram(context: () => Context): Command {
  const program = new Command('sm')
    .description('Smart Messages: programs that travel through a network of small computers')
    .version(VERSION)
    .option('--network <folder>', "the network's folder (default: SM_NETWORK, or ~/.config/smart-messages)")
    .option('--json', 'print one JSON value, for scripts')
    .option('--quiet', 'print results and errors only')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  for (const register of [registerNetwork, registerNode, registerCompile, registerDeploy, registerFamily, registerNodes])
    register(program, context);
  for (const register of [registerTags, registerLogs, registerPolicy, registerSim, registerDemo, registerDoctor, registerCompletion])
    register(program, context);
  return program;
}
