/** What a node says of itself: to its neighbours in HELLO, and to the programs that it runs. */
import type { Incarnation } from '../core/ids.ts';
import type { NodeConfig } from './config/node-config.ts';
import type { Identity } from './identity/identity.ts';
import type { TrustStore } from './identity/trust.ts';
import type { OwnFacts } from './links/connector.ts';
import type { Neighbourhood } from './links/channel.ts';
import type { PolicyKeeper } from './policy/keeper.ts';
import type { Surroundings } from './worker/protocol.ts';

export interface Self {
  readonly identity: Identity;
  readonly config: Pick<NodeConfig, 'location'>;
  readonly incarnation: Incarnation;
  readonly policy: PolicyKeeper;
  readonly trust: TrustStore;
}

/** @param boot drawn anew at every start */
export function ownFacts({ incarnation, config, policy, trust }: Self, boot: string): OwnFacts {
  return {
    incarnation,
    boot,
    position: config.location,
    policyVersion: policy.policy.version,
    revocationVersion: trust.revocationVersion,
  };
}

export function surroundings({ identity, config }: Self, neighbours: Neighbourhood): Surroundings {
  return {
    nodeId: identity.nodeId,
    nodeName: identity.name,
    neighbours: neighbours.list().map(({ peer: { nodeId, name, link, position } }) => ({ id: nodeId, name, link, location: position })),
    location: config.location,
  };
}
