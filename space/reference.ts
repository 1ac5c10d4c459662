/**
 * Spatial references: devices named by where they are and what they have. The first access binds a reference to a device that fits; from
 * then on it stands for that device, wherever this goes, until the program releases it. An access takes the program to the device, and it continues there.
 */
import { actuate, inside, location, migrate, self, sense, sleep, tags } from 'sm';
import type { Destination, Region, Router, TagValue } from 'sm';
import type { Bindings, Device } from './bindings.ts';
import { AccessTimeout, ReferenceMismatch, type Mismatch } from './errors.ts';
import { regionOf, type Place } from './places.ts';

/** Between two attempts to find a device; doubled after each. */
const FIRST_PAUSE_MS = 1_000;

/** What all references of a program share. */
export interface SpatialProgram {
  readonly via: Router;
  readonly timeoutMs: number;
  readonly bindings: Bindings;
}

/** The references of one place and tag. */
export interface List {
  readonly program: SpatialProgram;
  /** Where devices are looked for. */
  readonly home: Place;
  /** Where they have to be: there too, or where the references were cast to. */
  readonly place: Place;
  readonly tag: string;
  /** Home and tag as they are written; under this name devices are bound. */
  readonly name: string;
}

export interface AccessOptions {
  /** How long the way to the device may take, in milliseconds; what `spaces` was told when not given. */
  readonly timeout?: number;
}

/** Its fields are no private names, because they travel, and a list has many. */
export class Reference {
  private readonly list: List;
  private readonly index: number;

  constructor(list: List, index: number) {
    this.list = list;
    this.index = index;
  }

  /** What it is bound to, and where that was when the program was there last; null before the first access. */
  get device(): Device | null {
    return this.list.program.bindings.get(this.list.name, this.index);
  }

  /**
   * Takes the program to the device, which continues there. Binds the reference when it is not bound yet: to a device that no
   * other index of its place and tag is bound to.
   *
   * @throws AccessTimeout when no device was found, or the bound one not reached, in time; the program is on the node that the search had reached
   * @throws ReferenceMismatch when the bound device is elsewhere or no longer has the tag; the program is on that device
   * @throws RangeError when too many references are bound
   */
  async reach({ timeout = this.list.program.timeoutMs }: AccessOptions = {}): Promise<void> {
    const deadlineMs = self.ageMs + timeout;
    const region = await regionOf(this.list.place, timeout);
    const bound = this.device;
    await this.travel(bound === null ? await this.wanted(deadlineMs) : { node: bound.node, at: bound.location }, deadlineMs);
    const { program, name } = this.list;
    program.bindings.set(name, this.index, { node: self.node, location: location() });
    const reason = this.mismatch(region);
    if (reason !== null) throw new ReferenceMismatch({ reference: this.toString(), node: self.node, location: location(), reason });
  }

  /**
   * The value of the tag at the device, where the program then is. A sensor (`io:`) is asked, unless its last reading is at most `maxAge`
   * milliseconds old (0 when not given).
   *
   * @throws as {@link reach}, and as `sense` or `tags.read`
   */
  async read<Value>({ timeout, maxAge = 0 }: AccessOptions & { readonly maxAge?: number } = {}): Promise<Value> {
    await this.reach({ timeout });
    const { tag } = this.list;
    const { value } = isDevice(tag) ? await sense<Value>(tag, { maxAge }) : tags.read<Value>(tag);
    return value;
  }

  /**
   * Writes the tag at the device, where the program then is. An actuator (`io:`) is driven, and its driver waited for.
   *
   * @throws as {@link reach}, and as `actuate` or `tags.write`
   */
  async write(value: TagValue, { timeout }: AccessOptions = {}): Promise<void> {
    await this.reach({ timeout });
    const { tag } = this.list;
    if (isDevice(tag)) await actuate(tag, value);
    else tags.write(tag, value);
  }

  /** Forgets the device. The next access binds the reference anew, perhaps to the same one. */
  release(): void {
    this.list.program.bindings.delete(this.list.name, this.index);
  }

  /** The same device in another place. For {@link Space.cast}. */
  in(place: Place): Reference {
    return new Reference({ ...this.list, place }, this.index);
  }

  /** As it is written in a program. */
  toString(): string {
    const { home, place, name } = this.list;
    const text = `${name}[${this.index}]`;
    return place === home ? text : `${place.text}.cast(${text})`;
  }

  /** What an unbound reference looks for. */
  private async wanted(deadlineMs: number): Promise<Destination> {
    const { home, tag } = this.list;
    const region = await regionOf(home, leftMs(deadlineMs));
    return region === null ? { tags: [tag] } : { tags: [tag], region };
  }

  /** A router may give up early, because a device moved on while it was looked for: there may be a way a little later. */
  private async travel(to: Destination, deadlineMs: number): Promise<void> {
    const { program, name } = this.list;
    const node = to.node ?? null;
    const except = node === null ? program.bindings.nodesOf(name) : [];
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      try {
        return await migrate(to, { via: program.via, timeout: leftMs(deadlineMs), except });
      } catch (error) {
        if (error.name !== 'MigrationTimeout') throw error;
        if (leftMs(deadlineMs) <= pauseMs) throw new AccessTimeout({ reference: this.toString(), node, reason: error.reason });
      }
      await sleep(pauseMs);
    }
  }

  /** How this node differs from what the reference says; null when it does not. */
  private mismatch(region: Region | null): Mismatch | null {
    const here = location();
    if (region !== null && (here === null || !inside(region, here))) return 'left-region';
    return tags.has(this.list.tag) ? null : 'tag-missing';
  }
}

function leftMs(deadlineMs: number): number {
  return Math.max(0, deadlineMs - self.ageMs);
}

function isDevice(tag: string): boolean {
  return tag.startsWith('io:');
}
