/** Compiles and runs our ns-3 programs. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT_MAX_BYTES = 2 ** 24;
const LIBRARIES = ['aodv', 'wifi', 'internet', 'mobility', 'propagation', 'network', 'core'].map((name) => `-lns3-${name}`);

export class Ns3Program {
  readonly #binary: string;
  readonly #folder: string;

  private constructor(binary: string, folder: string) {
    this.#binary = binary;
    this.#folder = folder;
  }

  /** Compiles `bench/ns3/NAME.cc` into a folder, in which the inputs of its runs are written as well. */
  static async compile(name: string, folder: string): Promise<Ns3Program> {
    const binary = join(folder, name);
    await run('g++', ['-O2', '-std=c++17', join('bench/ns3', `${name}.cc`), ...LIBRARIES, '-o', binary]);
    return new Ns3Program(binary, folder);
  }

  /** Runs it with these tables as files, and these numbers; each becomes an option of its name. Returns the JSON that it prints. */
  async run(tables: Readonly<Record<string, string>>, numbers: Readonly<Record<string, number | string>>): Promise<unknown> {
    const options = Object.entries(numbers).map(([name, value]) => `--${name}=${value}`);
    for (const [name, text] of Object.entries(tables)) {
      const file = join(this.#folder, `${name}.csv`);
      await writeFile(file, text);
      options.push(`--${name}=${file}`);
    }
    const { stdout } = await run(this.#binary, options, { maxBuffer: OUTPUT_MAX_BYTES });
    return JSON.parse(stdout);
  }
}

/** Writes what was measured, with the command that did it. */
export async function writeResult(name: string, result: object): Promise<void> {
  const text = JSON.stringify({ command: 'npm run bench:ns3', ...result }, null, 1);
  await writeFile(join('bench/ns3/results', `${name}.json`), `${text}\n`);
}
