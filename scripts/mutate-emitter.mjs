// Breaks the compiler's emitter in one place after the other and checks that the language fixtures notice each time.
// A mutant is one construct the emitter stops handling (a `case` of a decision on the kind of a node), or one special
// case it overlooks (an `if` that is never true). Prints the mutants that nothing noticed; exits 1 if a construct is among them.
//
//   node scripts/mutate-emitter.mjs [--branches] [--file NAME] [--workers N]
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from '@babel/parser';
import { traverseFast } from '@babel/types';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const compiler = join(root, 'sandbox/compiler');
const work = join(root, 'dist/mutants');
const endlessAfterMs = 120_000;
const { values: options } = parseArgs({
  options: { branches: { type: 'boolean', default: false }, file: { type: 'string' }, workers: { type: 'string' } },
});

/** Files that decide what is emitted. The others read, check or print; liveness only keeps states small. */
const emitterFiles = readdirSync(compiler, { recursive: true })
  .filter((name) => /^(?:(?:lower|explode)\/.*|emit-module)\.ts$/.test(name) && !name.endsWith('/liveness.ts'))
  .filter((name) => options.file === undefined || name.endsWith(options.file));

/**
 * Constructs that mean the same when the emitter leaves them as they are: handling them makes the code smaller, or notes where a
 * value was thrown, which the fixtures do not see and `test/differential/stacks.test.ts` does.
 */
const harmless = new Set(['EmptyStatement', 'DebuggerStatement', 'ThrowStatement']);

/** Functions that answer yes or no: their cases tell when a shortcut is possible, not how a construct is emitted. */
function questionsIn(tree) {
  const found = [];
  traverseFast(tree, (node) => {
    const answer = node.returnType?.typeAnnotation?.type;
    if (answer === 'TSBooleanKeyword' || answer === 'TSTypePredicate') found.push(node);
  });
  return found;
}

/** Every way of breaking one file: `[start, end, replacement]` with a description. */
function mutantsOf(name) {
  const path = join(compiler, name);
  const source = readFileSync(path, 'utf8');
  const mutants = [];
  const add = (kind, node, replacement, what) =>
    mutants.push({
      kind,
      path,
      title: `${name}:${node.loc.start.line} ${what}`,
      text: source.slice(0, node.start) + replacement + source.slice(node.end),
    });
  const tree = parse(source, { sourceType: 'module', plugins: ['typescript'] });
  const questions = questionsIn(tree);
  const decides = (node) => !questions.some(({ start, end }) => start <= node.start && node.end <= end);
  traverseFast(tree, (node) => {
    if (
      node.type === 'SwitchCase' &&
      node.test?.type === 'StringLiteral' &&
      !harmless.has(node.test.value) &&
      (options.branches || decides(node))
    )
      add(decides(node) ? 'construct' : 'branch', node.test, `'no ${node.test.value}'`, `case ${node.test.value}`);
    if (options.branches && node.type === 'IfStatement') {
      const condition = source.slice(node.test.start, node.test.end).replace(/\s+/g, ' ');
      add('branch', node.test, 'false', `if (${condition.slice(0, 90)})`);
    }
  });
  return mutants;
}

/** Modules bundled into another place still have to find the files beside them. */
const originalPlaces = (mutant) => ({
  name: 'original-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = mutant?.path === path ? mutant.text : readFileSync(path, 'utf8');
      const contents = text
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.url', JSON.stringify(`file://${path}`));
      return { contents, loader: 'ts' };
    });
  },
});

async function bundle(outfile, mutant) {
  const entry = join(root, 'test/differential/mutation/main.ts');
  const shared = { bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', logLevel: 'silent' };
  await build({ ...shared, entryPoints: [entry], outfile, plugins: [originalPlaces(mutant)] });
}

function run(script, args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (errors += data));
    const timer = setTimeout(() => child.kill('SIGKILL'), endlessAfterMs);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, output, errors });
    });
  });
}

const observations = join(work, 'observations.json');
const guest = join(work, 'guest.js');
const favourites = [];

/** `{noticed: {name, how} | null, changed}`: what notices the mutant, and how many programs it changed. */
async function judge(mutant, slot) {
  const script = join(work, `mutant-${slot}.mjs`);
  await bundle(script, mutant);
  const { code, output, errors } = await run(script, ['judge', observations, guest, JSON.stringify(favourites)]);
  if (code === 0) return JSON.parse(output);
  return { noticed: { name: 'the compiler itself', how: code === null ? 'it never ends' : errors.trim().split('\n').at(-1) }, changed: 1 };
}

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const intact = join(work, 'intact.mjs');
await bundle(intact, undefined);
const prepared = await run(intact, ['prepare', observations, guest]);
if (prepared.code !== 0) throw new Error(`The fixtures cannot be prepared: ${prepared.errors}`);

const mutants = emitterFiles.flatMap(mutantsOf);
const survivors = [];
let next = 0;
async function worker(slot) {
  while (next < mutants.length) {
    const mutant = mutants[next++];
    const { noticed, changed } = await judge(mutant, slot);
    if (noticed === null) {
      survivors.push(mutant);
      console.log(`SURVIVED  ${mutant.title} (changes the code of ${changed} programs)`);
    } else {
      if (!favourites.includes(noticed.name)) favourites.push(noticed.name);
      console.log(`noticed   ${mutant.title}  by ${noticed.name}: ${noticed.how.slice(0, 100)}`);
    }
  }
}
const workers = Number(options.workers ?? Math.min(2, availableParallelism()));
await Promise.all(Array.from({ length: workers }, (_, slot) => worker(slot)));
console.log(`${mutants.length - survivors.length} of ${mutants.length} mutants were noticed.`);
for (const { title } of survivors) console.log(`survived: ${title}`);
process.exit(survivors.some(({ kind }) => kind === 'construct') || mutants.length === 0 ? 1 : 0);
