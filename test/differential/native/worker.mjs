// Runs programs with the real async functions, generators, classes and promises of this Node: the reference that
// compiled programs are compared with. It is a worker of its own, in plain JavaScript, because V8's module loader
// for contexts needs a flag and because the test runner must not transform what it measures against.
import { parentPort } from 'node:worker_threads';
import { SourceTextModule, SyntheticModule, createContext, runInContext } from 'node:vm';

/** How many suspensions a program may reach before it counts as endless. */
const suspensionsMax = 20_000;

/** The part of the guest API that the fixtures use, written inside the context so that its promises are the context's own. */
const guestApi = `(function (park) {
  'use strict';
  return { sleep: (ms) => new Promise((resolve) => park(ms, resolve)) };
})`;

const unhandled = new Map();
process.on('unhandledRejection', (reason, promise) => unhandled.set(promise, reason));
process.on('rejectionHandled', (promise) => unhandled.delete(promise));

const idle = () => new Promise((resolve) => setImmediate(resolve));

function describeError(error) {
  if (typeof error !== 'object' || error === null || typeof error.message !== 'string') return { name: 'Thrown', message: String(error) };
  return { name: String(error.name), message: error.message };
}

/** The operations a program waits for, on a virtual clock: the earliest due first, then the order of the calls. */
function makeParking() {
  let nowMs = 0;
  const parked = [];
  return {
    park(ms, resolve) {
      parked.push({ dueMs: nowMs + ms, resolve });
    },
    wakeOne() {
      let earliest = 0;
      for (let index = 1; index < parked.length; index++) if (parked[index].dueMs < parked[earliest].dueMs) earliest = index;
      const [woken] = parked.splice(earliest, 1);
      if (woken === undefined) return false;
      nowMs = Math.max(nowMs, woken.dueMs);
      woken.resolve();
      return true;
    },
  };
}

/** Results have to be plain JSON, here as in the sandbox: what JSON would change or drop could hide a difference. */
function checkJson(value, path) {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (typeof value !== 'object') throw new Error(`the result${path} is ${String(value)}, which is not JSON`);
  for (const [key, member] of Object.entries(value)) checkJson(member, `${path}.${key}`);
  if (Array.isArray(value) && Object.keys(value).length !== value.length) throw new Error(`the result${path} has holes or names`);
}

async function linkProgram(context, modules, entry, api) {
  const loaded = new Map();
  const load = (path) => {
    if (!loaded.has(path)) {
      if (modules[path] === undefined) throw new Error(`no module ${path}`);
      loaded.set(path, new SourceTextModule(modules[path], { context, identifier: path }));
    }
    return loaded.get(path);
  };
  const guest = new SyntheticModule(Object.keys(api), () => Object.keys(api).forEach((name) => guest.setExport(name, api[name])), {
    context,
  });
  const main = load(entry);
  await main.link((specifier, importer) => {
    if (specifier === 'sm') return guest;
    return load(new URL(specifier, new URL(importer.identifier, 'file:///')).pathname);
  });
  await main.evaluate();
  return main.namespace.default;
}

async function runProgram({ modules, entry, args }) {
  const context = createContext();
  const parking = makeParking();
  const api = runInContext(guestApi, context)((ms, resolve) => parking.park(ms, resolve));
  let settled;
  let suspensions = 0;
  try {
    const program = await linkProgram(context, modules, entry, api);
    unhandled.clear();
    program(runInContext(`(${JSON.stringify(args ?? null)})`, context)).then(
      (value) => (settled = { kind: 'exit', value }),
      (error) => (settled = { kind: 'fail', error: describeError(error) }),
    );
    for (;;) {
      await idle();
      if (unhandled.size > 0) settled = { kind: 'fail', error: describeError([...unhandled.values()][0]) };
      if (settled !== undefined) break;
      if (suspensions === suspensionsMax) throw new Error(`more than ${suspensionsMax} suspensions`);
      if (!parking.wakeOne()) throw new Error('waits for nothing');
      suspensions += 1;
    }
    if (settled.kind === 'exit') {
      checkJson(settled.value ?? null, '');
      settled = { kind: 'exit', value: JSON.parse(JSON.stringify(settled.value ?? null)) };
    }
  } catch (error) {
    settled = { kind: 'fail', error: describeError(error) };
  }
  unhandled.clear();
  return { outcome: settled, suspensions };
}

let queue = Promise.resolve();
parentPort.on('message', ({ id, program }) => {
  queue = queue.then(async () => parentPort.postMessage({ id, result: await runProgram(program) }));
});
