import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../runtime/platform/clock.ts';
import { LmdbStore } from '../../runtime/store/lmdb.ts';
import { MemoryStore } from '../../runtime/store/memory.ts';
import { storeContract } from './store.ts';

storeContract('memory, durable at once', (maxBytes) => {
  const store = new MemoryStore({ maxBytes, flush: 'at-once' });
  return Promise.resolve({ store, reopen: () => Promise.resolve(store.crash()), dispose: () => store.close() });
});

storeContract('lmdb', (maxBytes) => {
  const folder = mkdtempSync(join(tmpdir(), 'sm-store-'));
  let store = new LmdbStore({ folder, maxBytes, clock: systemClock });
  return Promise.resolve({
    store,
    reopen: async () => {
      await store.close();
      return (store = new LmdbStore({ folder, maxBytes, clock: systemClock }));
    },
    dispose: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  });
});
