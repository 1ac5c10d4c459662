/** Launches as the command line signs them, for tests that keep one and send it when they like. */
import { randomBytes } from 'node:crypto';
import { buildProgram, signProgram } from '../../../cli/compile.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { DeployParams } from '../../../runtime/control/protocol.ts';
import type { Identity } from '../../../runtime/identity/identity.ts';
import { signLaunchRequest } from '../../../runtime/identity/launch.ts';
import type { TestNetwork } from './network.ts';

/** A launch of `source` at a node that runs, valid for as long as those of the command line, by the clock of this process. */
export async function signedLaunch(network: TestNetwork, node: string, source: string, author?: Identity): Promise<DeployParams> {
  const by = author ?? network.local.folder.author();
  const signed = signProgram(await buildProgram(network.program(source)), by, []);
  const request = {
    network: by.network,
    manifest: signed.hash,
    arguments: '{}',
    resources: signed.resources,
    budget: { hops: 100, cpuMs: 10_000, bytes: 1_000_000, children: 10 },
    reserve: { hops: 0, cpuMs: 0, bytes: 0, children: 0 },
    inDoubt: 'wait' as const,
    inDoubtTimeoutMs: 30_000,
    guard: 0,
    transient: false,
    origin: (await network.call(node, 'info', {})).nodeId,
    nonce: randomBytes(16).toString('hex'),
    expiresAtMs: Date.now() + LIMITS.launchValidMs,
  };
  return {
    manifest: Buffer.from(signed.manifestBytes).toString('base64'),
    bricks: signed.compiled.bricks.map(({ code }) => code),
    request: Buffer.from(signLaunchRequest(request, by)).toString('base64'),
  };
}
