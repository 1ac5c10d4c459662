/** Power cuts at named fault sites of production code: the node dies in the middle of what it was doing there. */
import type { Faults } from '../../core/ports.ts';
import type { NodeIndex } from '../medium.ts';
import { PowerCut } from '../node/life.ts';

export class SiteCrashes {
  readonly #armed = new Map<NodeIndex, Map<string, number>>();
  readonly #crash: (node: NodeIndex, site: string) => void;

  /** @param crash takes the node's power */
  constructor(crash: (node: NodeIndex, site: string) => void) {
    this.#crash = crash;
  }

  /** The node dies when it comes to this site for the `times`th time from now. */
  arm(node: NodeIndex, site: string, times: number): void {
    let sites = this.#armed.get(node);
    if (sites === undefined) this.#armed.set(node, (sites = new Map()));
    sites.set(site, times);
  }

  /** No node dies at a site any more. */
  disarm(): void {
    this.#armed.clear();
  }

  /** For {@link WorldOptions.faults}. */
  of(node: NodeIndex): Faults {
    return {
      at: (site) => {
        const sites = this.#armed.get(node);
        const times = sites?.get(site);
        if (sites === undefined || times === undefined) return;
        if (times > 1) return void sites.set(site, times - 1);
        sites.delete(site);
        this.#crash(node, site);
        throw new PowerCut(`the power went at ${site}`);
      },
    };
  }
}
