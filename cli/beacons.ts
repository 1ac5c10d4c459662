/** Listens for nodes nearby, for a command that was given a name that nobody here knows yet. */
import { LIMITS } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { parseNodeConfig } from '../runtime/config/node-config.ts';
import { decodeBeacon } from '../runtime/discovery/beacon.ts';
import type { Hint } from '../runtime/discovery/hints.ts';
import { Multicast } from '../runtime/discovery/multicast.ts';
import { formatTcpAddress } from '../runtime/links/tcp.ts';
import type { Hash } from '../core/ids.ts';

/**
 * Listens until `enough` accepts a beacon of the network, or for `patienceMs`. Resolves with everything that was heard; nothing of it
 * is proven. Without multicast it resolves with nothing.
 */
export function listenForBeacons(
  network: Hash,
  clock: Clock,
  patienceMs: number,
  enough: (hint: Hint) => boolean,
): Promise<readonly Hint[]> {
  const { group, port } = parseNodeConfig('', 'defaults').discovery;
  const heard = new Map<string, Hint>();
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel();
      multicast.close();
      resolve([...heard.values()]);
    };
    const timer = clock.setTimer(patienceMs, finish);
    const multicast = new Multicast({
      group,
      port,
      interfaces: null,
      failed: () => {},
      heard: (bytes, host) => {
        const beacon = decodeBeacon(bytes, network);
        if (beacon === undefined || heard.size >= LIMITS.beaconHints) return;
        const hint: Hint = { address: formatTcpAddress({ host, port: beacon.port }), node: beacon.node, name: beacon.name };
        heard.set(hint.address, hint);
        if (enough(hint)) finish();
      },
    });
  });
}
