/** What the methods of the control API do, on a node. */
import { MisuseError, RefusedError } from '../../core/errors.ts';
import type { TagRecord } from '../../core/tags.ts';
import type { Node } from '../node.ts';
import { LOG_LINE_LEVELS, type LogLevel } from '../observe/logs.ts';
import { mayUseCli } from '../policy/decide.ts';
import { explainPolicy } from '../policy/explain.ts';
import type { CliUse } from '../policy/types.ts';
import { VERSION } from '../version.ts';
import type { FamilyResult, FamilySurvey, HopInfo, NodeInfo, ResidentInfo, TagInfo } from './protocol.ts';
import type { CallContext, Caller, Handlers } from './server.ts';

export interface HandlerPorts {
  readonly metricsText: () => Promise<string>;
  /** Ends the daemon. */
  readonly stop: () => void;
  readonly pid: number;
  readonly rssBytes: () => number;
}

export function createHandlers(node: Node, ports: HandlerPorts): Handlers {
  const { identity, trust, policy } = node.options;
  const tags = new TagAccessByCaller(node);
  return {
    info: () => describeNode(node, ports),
    deploy: (params, { caller }) => node.launching.deploy(params, caller.role === 'author' ? caller.key : null),
    result: (params, context) => fetchResult(node, params, context),
    ps: (params) => {
      if (params.family === null) return certain(node, () => ({ items: node.residents(null), answered: [identity.nodeId], silent: [] }));
      if (params.order === null) throw new MisuseError('bad-parameters', 'ps of an application needs a signed order');
      return node.families.survey<ResidentInfo>('ps', Buffer.from(params.order, 'base64'));
    },
    kill: (params) => node.families.survey('kill', Buffer.from(params.order, 'base64')),
    trace: (params, context) => trace(node, params, context),
    families: ({ prefix }) => node.families.known(prefix),
    'tags.list': ({ prefix }, { caller }) => certain(node, () => tags.list(prefix, caller)),
    'tags.read': ({ name, fresh }, { caller }) => tags.read(name, fresh, caller),
    'tags.write': ({ name, value }, { caller }) => tags.write(name, value, caller),
    'tags.watch': ({ prefix }, context) => tags.watch(prefix, context),
    logs: (params, context) => followLogs(node, params, context),
    'policy.get': () => ({ version: policy.policy.version, text: policy.text }),
    'policy.set': async ({ document }) => ({ version: (await policy.accept(Buffer.from(document, 'base64'))).version }),
    'policy.explain': ({ author, code, tag }) =>
      explainPolicy(policy.policy, {
        author,
        authorKey: '',
        code: code ?? '',
        roles: ['operator', 'author', 'observer'],
        tag,
        tagOwner: null,
      }),
    'revocations.set': ({ document }) =>
      certain(node, () => {
        trust.setRevocations(Buffer.from(document, 'base64'));
        return { version: trust.revocationVersion };
      }),
    metrics: async () => ({ text: await ports.metricsText() }),
    stop: () => {
      ports.stop();
      return null;
    },
  };
}

/** What `look` sees or does may not be durable yet: it is told when it is. */
async function certain<Seen>(node: Node, look: () => Seen): Promise<Seen> {
  const seen = look();
  const { store } = node.options;
  if (store.pending) await store.flushed();
  return seen;
}

function describeNode(node: Node, ports: HandlerPorts): NodeInfo {
  const { identity, clock, policy, trust } = node.options;
  const problems = node.problems();
  const neighbours = node.neighbours.view().map((neighbour) => ({
    ...neighbour,
    position: node.neighbours.channel(neighbour.nodeId)?.peer.position ?? null,
  }));
  return {
    nodeId: identity.nodeId,
    name: identity.name,
    address: node.neighbours.address ?? '',
    network: identity.network,
    version: VERSION,
    pid: ports.pid,
    uptimeMs: clock.monotonicMs() - node.startedAtMs,
    healthy: problems.length === 0,
    problems,
    residents: node.engine.residents,
    inDoubt: node.handoff.inDoubt().length,
    guardCopies: node.handoff.guards.statistics.copies,
    policyVersion: policy.policy.version,
    revocationVersion: trust.revocationVersion,
    rssBytes: ports.rssBytes(),
    neighbours,
  };
}

async function fetchResult(
  node: Node,
  { family, follow, keep }: { readonly family: string; readonly follow: boolean; readonly keep: boolean },
  { caller, signal }: CallContext<never>,
): Promise<FamilyResult> {
  const { results } = node.families;
  if (results.get(family) === undefined) {
    throw new RefusedError('not-found', `this node keeps no result of an application ${family.slice(0, 12)}`, {
      hint: 'Results are kept at the origin, and go when they are fetched or expire.',
    });
  }
  if (caller.role === 'author' && results.authorOf(family) !== caller.key)
    throw new RefusedError('author-not-allowed', `${caller.name} may not fetch the result of an application of another author`);
  if (follow) await results.ended(family, signal);
  const result = results.get(family);
  if (result === undefined) throw new RefusedError('not-found', 'somebody else has just fetched this result');
  if (!keep && result.outcome !== 'running') await node.options.store.commit(results.discard(family));
  return result;
}

/** Hops so far, and with `follow` every later one until the application has ended. */
async function trace(
  node: Node,
  { family, order, follow }: { readonly family: string; readonly order: string; readonly follow: boolean },
  { emit, signal }: CallContext<HopInfo>,
): Promise<FamilySurvey<HopInfo>> {
  const survey = await node.families.survey<HopInfo>('trace', Buffer.from(order, 'base64'), (hop) => void (follow && emit(hop)));
  if (!follow) return survey;
  try {
    await node.families.results.ended(family, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    node.families.surveys.unfollow(family);
  }
  return survey;
}

async function followLogs(
  node: Node,
  params: { readonly follow: boolean; readonly family: string | null; readonly level: string; readonly last: number },
  { emit, signal }: CallContext<unknown>,
): Promise<null> {
  const { follow, family, last } = params;
  const level = LOG_LINE_LEVELS.find((known) => known === params.level);
  if (level === undefined)
    throw new MisuseError('bad-parameters', `logs: "${params.level}" is no level`, { hint: `Levels: ${LOG_LINE_LEVELS.join(', ')}.` });
  const query: { family: string | null; level: LogLevel } = { family, level };
  for (const line of node.options.logLines.recent(query, last)) emit(line);
  if (follow) await until(signal, node.options.logLines.follow(query, emit));
  return null;
}

/** Tags as a person may see and change them. */
class TagAccessByCaller {
  readonly #node: Node;

  constructor(node: Node) {
    this.#node = node;
  }

  list(prefix: string, caller: Caller): readonly TagInfo[] {
    const infos: TagInfo[] = [];
    for (const record of this.#node.engine.tags.records()) {
      const info = this.#info(record);
      if (info.name.startsWith(prefix) && this.#may(caller, record.name, record, 'read')) infos.push(info);
    }
    return infos.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async read(name: string, fresh: boolean, caller: Caller): Promise<TagInfo> {
    const record = this.#find(name);
    this.#require(caller, name, record, 'read');
    if (fresh && name.startsWith('io:')) await this.#node.io.read(name, 0);
    return certain(this.#node, () => this.#info(this.#find(name)));
  }

  async write(name: string, value: TagRecord['value'], caller: Caller): Promise<{ version: number }> {
    const { engine, drivers } = this.#node;
    const record = this.#node.engine.tags.read(this.#fullName(name), this.#nowMs());
    this.#require(caller, name, record, 'write');
    if (name.startsWith('io:')) {
      await drivers.actuate(name, value);
      await engine.applyExternal([]);
    } else {
      await engine.applyExternal([{ kind: 'override', name: this.#fullName(name), value }]);
    }
    return { version: engine.tags.read(this.#fullName(name), this.#nowMs())?.version ?? 0 };
  }

  /** Every change from now on, after the tags as they are. */
  async watch(prefix: string, { caller, emit, signal }: CallContext<TagInfo>): Promise<null> {
    for (const tag of await certain(this.#node, () => this.list(prefix, caller))) emit(tag);
    const stop = this.#node.engine.onTags((record) => {
      const info = this.#info(record);
      if (info.name.startsWith(prefix) && this.#may(caller, record.name, record, 'read')) emit(info);
    });
    await until(signal, stop);
    return null;
  }

  #find(name: string): TagRecord {
    const record = this.#node.engine.tags.read(this.#fullName(name), this.#nowMs());
    if (record !== undefined) return record;
    throw new MisuseError('no-tag', `${this.#node.options.identity.name} has no tag ${name}`, {
      hint: 'See what there is with: sm tags NODE',
    });
  }

  /** Application tags are shown with the beginning of their program's hash; that is enough to name one. */
  #fullName(name: string): string {
    const match = /^([0-9a-f]{8,63})\/(.+)$/.exec(name);
    if (match === null) return name;
    for (const { name: full } of this.#node.engine.tags.records()) {
      if (full.startsWith(match[1]!) && full.endsWith(`/${match[2]}`)) return full;
    }
    return name;
  }

  #require(caller: Caller, name: string, record: TagRecord | undefined, use: CliUse): void {
    if (this.#may(caller, record?.name ?? name, record, use)) return;
    throw new RefusedError('author-not-allowed', `policy does not let ${caller.name} (${caller.role}) ${use} ${name}`, {
      hint: `sm policy explain ${caller.name} --tag ${name}`,
    });
  }

  #may(caller: Caller, name: string, record: TagRecord | undefined, use: CliUse): boolean {
    const subject = { role: caller.role, name: caller.name, key: caller.key ?? '' };
    return mayUseCli(this.#node.options.policy.policy, subject, name, record?.owner?.author ?? null, use);
  }

  #info({ name, value, version, about, owner, expiresAtMs, writtenAtMs, durable }: TagRecord): TagInfo {
    const nowMs = this.#nowMs();
    return {
      name: name.replace(/^([0-9a-f]{8})[0-9a-f]{56}\//, '$1/'),
      value,
      version,
      unit: about?.unit ?? '',
      description: about?.problem ?? about?.description ?? '',
      owner: owner?.author ?? null,
      lifetimeLeftMs: expiresAtMs === null ? null : Math.max(0, expiresAtMs - nowMs),
      ageMs: Math.max(0, nowMs - writtenAtMs),
      durable,
    };
  }

  #nowMs(): number {
    return this.#node.options.clock.monotonicMs();
  }
}

/** Resolves when the caller cancels or goes away, after calling `stop`. */
function until(signal: AbortSignal, stop: () => void): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      stop();
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
