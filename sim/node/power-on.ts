/** Puts a simulated node together: production wiring, with ports that live in virtual time. */
import type { Faults } from '../../core/ports.ts';
import type { Identity } from '../../runtime/identity/identity.ts';
import { TrustStore } from '../../runtime/identity/trust.ts';
import { openIncarnation } from '../../runtime/journal/incarnation.ts';
import { Node } from '../../runtime/node.ts';
import type { SliceRunner } from '../../runtime/worker/runner.ts';
import { LogLines } from '../../runtime/observe/logs.ts';
import { PolicyKeeper } from '../../runtime/policy/keeper.ts';
import { verifyPolicy } from '../../runtime/identity/policy-document.ts';
import type { LinksWiring } from '../../runtime/links/links.ts';
import { limitsKept, tampering } from '../faults/canary.ts';
import { SimLinks } from '../link/links.ts';
import { NOBODY } from '../observers.ts';
import type { RandomStream } from '../random.ts';
import { NodeCpu } from './cpu.ts';
import type { SimDisk } from './disk.ts';
import { entropyOf } from './entropy.ts';
import type { Environment } from './environment.ts';
import { askingRunner, type Asking } from './asking-runner.ts';
import type { Life } from './life.ts';
import { SimLog } from './log.ts';
import type { Running, SimNodeOptions } from './node.ts';
import { HASHED_SIGNATURES } from './signatures.ts';
import { SimWorker } from './worker.ts';

export interface Body extends SimNodeOptions {
  readonly identity: Identity;
  readonly faults: Faults;
  readonly life: Life;
  readonly disk: SimDisk;
  readonly entropy: RandomStream;
}

/** A simulated disk is never copied, so all have the same fingerprint. */
const FINGERPRINT = 'simulated';
/** Programs' lines are told to the observer; those that a node keeps for `sm logs` nobody asks for. */
const LOG_LINES = 16;

/** Reads the disk. The node is ready to be started. */
export async function powerOn(body: Body, environment: Environment): Promise<Running> {
  const { identity, life, disk, location = () => null, drivers = () => [] } = body;
  const { canary, members, metrics, observer, policy } = environment;
  const limits = limitsKept(canary, environment.limits);
  const entropy = entropyOf(body.entropy);
  const log = new SimLog(body.index, life, observer);
  const { incarnation } = await openIncarnation(disk, entropy, FINGERPRINT);
  const cpu = new NodeCpu(environment.cpu, life, (ms) => observer.computed(body.index, ms));
  const trust = new TrustStore({
    authority: members.authority,
    clock: life,
    signatures: HASHED_SIGNATURES,
    credentials: members.credentials,
  });
  const made: SimLinks[] = [];
  const node: Node = new Node({
    identity,
    trust,
    policy: new PolicyKeeper({ store: disk, log, initial: policy, verify: (document) => verifyPolicy(document, trust) }),
    config: {
      get location() {
        return location();
      },
      peers: [],
      drivers: { offer: ['io:*'] },
    },
    store: disk,
    incarnation,
    links: (wiring) => {
      const links = linksOf(body, environment, { wiring, cpu, moved: () => node.surroundingsChanged() });
      made.push(links);
      return links;
    },
    drivers: drivers(life),
    startWorker: (events) =>
      new SimWorker({
        clock: life,
        entropy,
        limits,
        sleepsOn: canary === 'sleeps-on',
        runner: runnerOf(body, environment, (name) => node.engine.tags.read(name, life.monotonicMs())?.value),
        cpu,
        events,
        watch: {
          toWorker: (message) => observer.toWorker(body.index, message),
          changes: (set) => observer.changes(body.index, set),
        },
      }),
    // The watchdog looks for native code that does not end, which no virtual time passes in.
    processCpuMs: () => 0,
    clock: life,
    entropy,
    faults: body.faults,
    log,
    logLines: new LogLines({ capacity: LOG_LINES }),
    metrics,
    limits,
  });
  return { life, node, links: made[0] as SimLinks, cpu };
}

interface LinkParts {
  readonly wiring: LinksWiring;
  readonly cpu: NodeCpu;
  readonly moved: () => void;
}

function linksOf({ index, name }: Body, environment: Environment, { wiring, cpu, moved }: LinkParts): SimLinks {
  const { canary, ether, times, observer, random } = environment;
  const { messageMs, kilobyteMs } = cpu.costs;
  const isFree = messageMs === 0 && kilobyteMs === 0;
  const links = new SimLinks({
    ...wiring,
    index,
    random: random(`beacons/${name}`),
    ether,
    times,
    tampers: tampering(canary),
    workMs: (bytes) => (isFree ? 0 : cpu.spend(messageMs + (bytes / KILOBYTE) * kilobyteMs)),
    moved,
    sent: (to, message, bytes) => observer.sent(index, to, message, bytes),
  });
  links.onUp((channel) => observer.linked(index, links.indexOf(channel), true));
  links.onDown((channel) => observer.linked(index, links.indexOf(channel), false));
  return links;
}

/** The sandbox, as a node uses it: with somebody who listens to what programs ask, if anybody wants to know. */
function runnerOf({ index }: Body, { canary, observer, runner }: Environment, reveal: (name: string) => unknown): SliceRunner {
  const isCanary = canary === 'shows-all-tags';
  if (observer.asked === NOBODY && !isCanary) return runner;
  const asked: Asking['asked'] = (self, request, answer) => observer.asked(index, self, request, answer);
  return askingRunner(runner, { asked, reveal: isCanary ? reveal : null });
}

const KILOBYTE = 1024;
