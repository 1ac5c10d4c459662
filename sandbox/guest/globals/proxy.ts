/** Proxies look like their target to every question, so they are remembered when they are made. */
import { reflectConstruct } from '../primordials.ts';

const proxies = new WeakSet<object>();
let any = false;

export function isProxy(candidate: object): boolean {
  return any && proxies.has(candidate);
}

function remember<Made extends object>(proxy: Made): Made {
  any = true;
  proxies.add(proxy);
  return proxy;
}

/** The global Proxy that programs see. */
export function recordingProxy(NativeProxy: ProxyConstructor): Function {
  function Proxy(...args: [object, ProxyHandler<object>]): object {
    if (new.target === undefined) throw new TypeError('Proxy must be called with new');
    return remember(reflectConstruct(NativeProxy, args) as object);
  }
  const { revocable } = NativeProxy;
  const statics = {
    revocable(target: object, handler: ProxyHandler<object>) {
      const made = revocable(target, handler);
      remember(made.proxy);
      return made;
    },
  };
  Object.defineProperty(Proxy, 'revocable', { value: statics.revocable, writable: true, configurable: true });
  Object.defineProperty(Proxy, 'prototype', { value: undefined });
  return Proxy;
}
