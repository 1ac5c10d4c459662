import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { carrier, runToEnd } from './realm.ts';

/** Statements that write to `log`, the same natively and in the runtime. */
const ORDERS: readonly (readonly [name: string, body: string])[] = [
  ['then chains interleave', 'for (const n of [1, 2]) Promise.resolve().then(() => log.push(`a${n}`)).then(() => log.push(`b${n}`));'],
  [
    'resolving with a promise takes two more jobs',
    'Promise.resolve().then(() => Promise.resolve("late")).then((v) => log.push(v)); let p = Promise.resolve(); for (let i = 0; i < 5; i++) p = p.then(() => log.push(i));',
  ],
  [
    'a thenable takes one more job',
    'Promise.resolve({ then(f) { log.push("called"); f("value"); } }).then((v) => log.push(v)); Promise.resolve().then(() => log.push(1)).then(() => log.push(2)).then(() => log.push(3));',
  ],
  [
    'a thenable that calls back twice and throws',
    'Promise.resolve({ then(f, r) { f(1); r(2); throw 3; } }).then((v) => log.push(["ok", v]), (e) => log.push(["no", e]));',
  ],
  [
    'executors',
    'new Promise((f, r) => { log.push("now"); f(1); r(2); throw 3; }).then((v) => log.push(v)); new Promise(() => { throw new Error("x"); }).catch((e) => log.push(e.message));',
  ],
  [
    'finally passes through, waits, and overrides',
    'Promise.resolve(1).finally(() => "ignored").then((v) => log.push(v)); Promise.reject(2).finally(() => Promise.resolve()).catch((v) => log.push(v)); Promise.resolve(3).finally(() => { throw 4; }).catch((v) => log.push(v)); let p = Promise.resolve(); for (let i = 0; i < 8; i++) p = p.then(() => log.push(`t${i}`));',
  ],
  [
    'all, allSettled, any, race',
    'const slow = Promise.resolve().then(() => 0).then(() => "slow"); Promise.all([slow, 1, { then(f) { f(2); } }]).then((v) => log.push(v)); Promise.allSettled([slow, Promise.reject(5)]).then((v) => log.push(v)); Promise.any([Promise.reject(1), slow]).then((v) => log.push(v)); Promise.race([slow, "fast"]).then((v) => log.push(v)); Promise.any([Promise.reject(1)]).catch((e) => log.push([e.name, e.errors])); Promise.all([]).then((v) => log.push(v)); Promise.all(5).catch((e) => log.push(e.name));',
  ],
  ['resolution with itself', 'let f; const p = new Promise((r) => { f = r; }); f(p); p.catch((e) => log.push(e.name));'],
  [
    'handlers that are no functions',
    'Promise.resolve(1).then(2, 3).then((v) => log.push(v)); Promise.reject(4).then(5).catch((v) => log.push(v));',
  ],
  [
    'withResolvers',
    'const { promise, resolve, reject } = Promise.withResolvers(); promise.then((v) => log.push(v)); resolve(1); reject(2);',
  ],
  [
    'microtasks queue in line',
    'queueMicrotask(() => log.push("m")); Promise.resolve().then(() => log.push("p")); queueMicrotask(() => log.push("n"));',
  ],
];

test.each(ORDERS)('%s', async (_name, body) => {
  // Node 20 has no withResolvers of its own.
  const Native = Object.assign(Promise, {
    withResolvers: () => {
      let settlers = {};
      const promise = new Promise((resolve, reject) => (settlers = { resolve, reject }));
      return { promise, ...settlers };
    },
  });
  const log: unknown[] = [];
  // oxlint-disable-next-line no-new-func -- the same text runs in both worlds
  new Function('log', 'Promise', body)(log, Native);
  await setImmediate();
  const { outcome } = runToEnd([carrier(`const log = kept = []; { ${body} }`, 'kept')]);
  expect(outcome).toEqual({ kind: 'exit', value: JSON.parse(JSON.stringify(log)) });
  expect(log.length).toBeGreaterThan(0);
});
