/** Hardware that is a table: files by path, and host facts that can be set. */
import { DataError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { TagValue } from '../../core/tags.ts';
import type { Driver, Emit, OfferedTag } from '../../drivers/driver.ts';
import type { DeviceFiles, HostFacts } from '../../drivers/ports.ts';

export class FileTree implements DeviceFiles {
  readonly files: Map<string, string>;

  constructor(files: Readonly<Record<string, string>>) {
    this.files = new Map(Object.entries(files));
  }

  async list(folder: string): Promise<readonly string[]> {
    const names = [...this.files.keys()]
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1).split('/')[0]!);
    return [...new Set(names)].sort();
  }

  async read(path: string, maxBytes: number): Promise<{ readonly text: string; readonly more: boolean }> {
    const text = this.files.get(path);
    if (text === undefined) throw new DataError('device-file', `${path}: there is no such file`);
    return { text: text.slice(0, maxBytes), more: text.length > maxBytes };
  }

  async write(path: string, text: string): Promise<void> {
    if (!this.files.has(path)) throw new DataError('device-file', `${path}: there is no such file`);
    this.files.set(path, text);
  }
}

export class SettableFacts implements HostFacts {
  platform = 'linux';
  loads: readonly [number, number, number] | null = [0.5, 0.4, 0.3];
  busyMs = 1000;
  totalMs = 10_000;
  ownMs = 100;
  seconds = 100;

  loadAverages(): readonly [number, number, number] | null {
    return this.loads;
  }

  memory(): { readonly totalBytes: number; readonly freeBytes: number } {
    return { totalBytes: 1_000_000, freeBytes: 400_000 };
  }

  uptimeSeconds(): number {
    return this.seconds;
  }

  cpuTimes(): { readonly busyMs: number; readonly totalMs: number; readonly count: number } {
    return { busyMs: this.busyMs, totalMs: this.totalMs, count: 2 };
  }

  process(): { readonly rssBytes: number; readonly cpuMs: number } {
    return { rssBytes: 50_000_000, cpuMs: this.ownMs };
  }
}

export function offeredTag(name: string, options: Partial<OfferedTag> = {}): OfferedTag {
  return {
    name,
    device: name,
    unit: '',
    description: '',
    samplingMs: null,
    writable: false,
    driver: 'scripted',
    timeoutMs: 100,
    ...options,
  };
}

/** A driver that does what a test tells it. */
export class ScriptedDriver implements Driver {
  readonly name = 'scripted';
  readonly tags: readonly OfferedTag[];
  emit: Emit = () => undefined;
  stopped = false;
  onSample: (name: string, signal: AbortSignal) => TagValue | Promise<TagValue> = () => 0;
  onActuate: (name: string, value: TagValue, signal: AbortSignal) => TagValue | Promise<TagValue> = (_name, value) => value;

  constructor(tags: readonly OfferedTag[]) {
    this.tags = tags;
  }

  async discover(): Promise<readonly OfferedTag[]> {
    return this.tags;
  }

  async sample(name: string, signal: AbortSignal): Promise<TagValue> {
    return await this.onSample(name, signal);
  }

  async actuate(name: string, value: TagValue, signal: AbortSignal): Promise<TagValue> {
    return await this.onActuate(name, value, signal);
  }

  listen(emit: Emit): () => void {
    this.emit = emit;
    return () => {
      this.stopped = true;
    };
  }
}

/** Lets everything that is ready to run, run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Moves time on in small steps, letting what becomes ready run after each. */
export async function pass(clock: Clock & { advance(ms: number): void }, ms: number, stepMs = 10): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(Math.min(stepMs, ms - passed));
    await settle();
  }
}
