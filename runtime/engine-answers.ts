/** What the engine asks about programs and launches. */
import type { AdmissionManager } from './admission/manager.ts';
import type { CodeCache } from './code/code-cache.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { EngineOptions } from './engine/engine.ts';
import type { Journal } from './journal/journal.ts';
import { tagQuotasOf, usableIo } from './policy/worker-view.ts';

export interface AnsweringRooms {
  readonly admission: AdmissionManager;
  readonly code: CodeCache;
  readonly drivers: DriverRegistry;
  readonly journal: Journal;
}

type EngineAnswers = Pick<EngineOptions, 'program' | 'codeDomain' | 'readState' | 'resources' | 'tagQuotas'>;

export function engineAnswers({ admission, code, drivers, journal }: AnsweringRooms): EngineAnswers {
  return {
    program: (manifest) => {
      const stored = code.program(manifest);
      return stored === undefined ? null : { hash: manifest, bricks: stored.bricks, importMap: stored.manifest.importMap };
    },
    codeDomain: (manifest) => [manifest, ...(code.manifest(manifest)?.succeeds ?? [])],
    readState: (smId) => journal.residentState(smId)?.state,
    resources: (launch) => {
      const { resources } = launch.request;
      const offered = drivers.tags().map(({ name }) => name);
      const grant = admission.grant(launch);
      return {
        ...resources,
        reads: usableIo(grant, resources.reads, offered, 'read'),
        drives: usableIo(grant, resources.drives, offered, 'drive'),
      };
    },
    tagQuotas: (launch) => tagQuotasOf(admission.grant(launch)),
  };
}
