/**
 * The guest API: what a Smart Message program can import from `sm`.
 *
 * Times are in milliseconds. Calls that may have to wait give promises; awaiting one ends the slice, and the program continues
 * later, perhaps elsewhere, with all its variables. Everything else happens at once and sees one consistent state of the node.
 */
declare module 'sm' {
  // ----- Travelling

  /** A requirement on one tag: that it exists, or also what its value is. */
  export type TagCondition =
    | string
    | {
        readonly name: string;
        /** The value must be this (`===`). */
        readonly equals?: string | number | boolean | null;
        /** The value must be a number greater than this. */
        readonly above?: number;
        /** The value must be a number less than this. */
        readonly below?: number;
      };

  /** The ground within `radiusMetres` of a centre; at most 1,000,000. */
  export interface Circle {
    readonly centre: Location;
    readonly radiusMetres: number;
  }

  /** A polygon of 3 to 64 corners, of which the last is joined to the first. Edges are straight in degrees, as in GeoJSON. */
  export interface Polygon {
    readonly polygon: readonly Location[];
  }

  /** A part of the ground. What lies on its edge is in it. */
  export type Region = Circle | Polygon;

  /**
   * Where to go. Give one of these:
   *
   * - `{ tags }`: some node that has all these tags. Routers on demand find it, such as `pull`.
   * - `{ region }`: some node in the region. Geographic routers find it, such as `gpsr`.
   * - `{ tags, region }`: some node in the region that has all these tags, for `hybrid`.
   * - `{ node }`, an id or a name: that node. A geographic router must be told in `at` where it is.
   * - `{ point }`: the node that is nearest to the point. Only geographic routers can find it.
   */
  export interface Destination {
    readonly tags?: readonly TagCondition[];
    readonly region?: Region;
    readonly node?: string;
    /** Where the node is, or was last seen; null when that is not known. */
    readonly at?: Location | null;
    readonly point?: Location;
  }

  /** What a router is told. See `docs/guide/routing.md` for how to write one. */
  export interface Journey {
    readonly to: Destination;
    /** Nodes that do not count as a destination. */
    readonly except: readonly string[];
    /** The node where the journey began. */
    readonly start: string;
    /** Age of the Smart Message (`self.ageMs`) by which it must have arrived. */
    readonly deadlineMs: number;
    /** Asked at every node: true when the router shall stop there, because another one takes over. */
    readonly until?: () => boolean;
  }

  /**
   * Moves the program towards the journey's destination with `sysMigrate`, until {@link ended} says that the journey is over.
   * Returns nothing then, or the reason it gave up.
   */
  export type Router = (journey: Journey) => Promise<string | void>;

  export interface MigrateOptions {
    /** The router, such as `pull` from `sm/routing/pull`. */
    readonly via: Router;
    /** How long the journey may take, in milliseconds; 30,000 when not given. */
    readonly timeout?: number;
    /** Ids of nodes that do not count as a destination. */
    readonly except?: readonly string[];
  }

  /**
   * Travels to a node that satisfies `to`; the program continues there. Returns at once when this node does.
   *
   * ```ts
   * await migrate({ tags: ['io:temperature'] }, { via: pull, timeout: 5_000 });
   * ```
   * @throws {MigrationTimeout} when no such node was reached in time; the program then continues on the node its search had reached.
   * @throws {TasksPending} when another task of the program is unfinished.
   * @throws {TypeError} for a destination or options that make no sense.
   */
  export function migrate(to: Destination, options: MigrateOptions): Promise<void>;

  /**
   * Whether this node satisfies a destination and is not among the exceptions. For routers. Never true of a `{ point }`: that no
   * other node is nearer cannot be seen from one node.
   */
  export function arrived(to: Destination, except: readonly string[]): boolean;

  /** Whether a journey is over at this node: it has arrived, its deadline has passed, or its `until` says so. For routers. */
  export function ended(journey: Journey): boolean;

  /**
   * One hop to a neighbour, by its node id. With an array, this Smart Message ends and continues as one clone on each neighbour; the
   * budget is shared among the clones. A clone that was refused continues *here*, with the error.
   *
   * ```ts
   * const [first] = neighbours();
   * await sysMigrate(first.id);      // from here on, the program runs there
   * ```
   * @throws {MigrationRefused} when the neighbour says no, or the budget does; with `neighbour`, `reason` and, when trying again may
   * help, `retryAfterMs`. The program is still here. With clones also `accepted`, `refused`, `inDoubt` and `underWay`: the ids of the
   * neighbours, as far as is known by now.
   * @throws {MigrationTimeout} when the neighbour is away and did not come back within two seconds, or did not take the program within ten; the program
   * is still here. With the `reason` `in-doubt` or `guard` this is a second life, which the launch asked for: the first one may be where it went.
   * @throws {TasksPending} when another task of the program is unfinished.
   */
  export function sysMigrate(neighbour: string | readonly string[]): Promise<void>;

  /**
   * Doubles the Smart Message: both continue after this call, with their own copy of every variable.
   * Returns the new one's id in the original, and null in the new one.
   *
   * ```ts
   * if ((await spawn({ share: 0.3 })) === null) await searchNorth();
   * else await searchSouth();
   * ```
   * `share` is the part of the remaining budget that the new one gets, between 0 and 1; one half when not given.
   * @throws {TasksPending} when another task of the program is unfinished. An error named `SpawnRefused`, with `reason`, when the budget
   * allows no more children or the node has no room.
   */
  export function spawn(options?: { readonly share?: number }): Promise<string | null>;

  /**
   * Starts a child at a function of this program and returns the child's id at once; the child begins when this slice ends.
   * The function must be an `async function` declared at the top level of a module. The arguments are copied as they are now; what
   * cannot travel cannot be an argument.
   *
   * ```ts
   * launch(explorer, [{ target: 'io:camera', radius: 3 }], { share: 0.2, transient: true });
   * ```
   * `share`: the part of the remaining budget for the child, one half when not given. `transient`: the child may be lost when a
   * node fails, and costs no disk write at each hop; false when not given.
   * @throws {TypeError} for a function that was not declared so. @throws {RangeError} for more than 16 children in one slice.
   */
  export function launch<Arguments extends readonly unknown[]>(
    program: (...args: Arguments) => Promise<unknown>,
    args?: Arguments,
    options?: { readonly share?: number; readonly transient?: boolean },
  ): string;

  // ----- The tag space

  /** What a tag can hold; also what a program can return. Members that are undefined are left out. */
  export type TagValue =
    | null
    | boolean
    | number
    | string
    | Uint8Array
    | readonly TagValue[]
    | { readonly [key: string]: TagValue | undefined };

  /** Who may do what: letters r(ead), w(rite), d(elete), b(lock). */
  export interface TagAccess {
    /** This launch of this code; 'rwdb' when not given. */
    readonly owner?: string;
    /** Smart Messages with a common ancestor. The following are '' when not given. */
    readonly family?: string;
    /** Launched at the same node. */
    readonly origin?: string;
    /** The same program, whoever launched it. */
    readonly code?: string;
    readonly others?: string;
  }

  // Authors know what they stored; saying it again at each read would help nobody.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  export interface TagReading<Value = any> {
    readonly value: Value;
    /** Grows with every write on this node; for `block(..., {after})`. */
    readonly version: number;
    /** The unit of an I/O tag, such as `°C`; empty when it has none. */
    readonly unit: string;
    /** Milliseconds since the value was written. */
    readonly ageMs: number;
    /** Milliseconds until the tag expires; null when it does not. */
    readonly lifetimeLeftMs: number | null;
  }

  /**
   * The tags of the node on which the program is. A plain name (`count`) belongs to this program's code; `public:` names are shared by all
   * programs; `io:` names are sensors and actuators. What a slice changes is seen by itself at once, and by others when the slice ends.
   *
   * All calls throw {@link TagError} with a `code`: `tag-missing`, `tag-exists`, `tag-denied`, `tag-quota` or `tag-invalid`.
   *
   * ```ts
   * if (!tags.has('visits')) tags.create('visits', 0, { lifetime: 60_000 });
   * tags.write('visits', tags.read('visits').value + 1);
   * ```
   */
  export const tags: {
    /**
     * Makes a new tag. `lifetime` in milliseconds (one hour when not given; policy sets an upper bound); `durable` tags survive a restart of
     * the node. Throws `tag-exists` when there is one already.
     */
    create(
      name: string,
      value: TagValue | object,
      options?: { readonly lifetime?: number; readonly access?: TagAccess; readonly durable?: boolean },
    ): void;
    /** The tag's value and what is known of it. Objects are fresh copies. Throws `tag-missing`, `tag-denied`. */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    read<Value = any>(name: string): TagReading<Value>;
    /** Replaces the value. Writing an actuator's `io:` tag acts when the slice ends; to wait for it use {@link actuate}. */
    write(name: string, value: TagValue | object): void;
    delete(name: string): void;
    /** Whether there is such a tag, readable or not. */
    has(name: string): boolean;
    /** The names that begin with `prefix`, sorted. */
    list(prefix?: string): string[];
  };

  /**
   * Waits until one of the tags is created or written, and tells which. Waits for a tag that does not exist yet, too.
   * With `after`, returns at once if a tag was updated after that version (from `tags.read(...).version`).
   *
   * ```ts
   * const { version } = tags.read('public:signal');
   * await block('public:signal', { after: version, timeout: 10_000 });
   * ```
   * @throws {TimeoutError} when nothing happened for `timeout` milliseconds.
   * @throws {TagError} `tag-denied`.
   */
  export function block(
    names: string | readonly string[],
    options?: { readonly timeout?: number; readonly after?: number | null },
  ): Promise<{ readonly name: string; readonly version: number }>;

  /**
   * A fresh reading of a sensor: asks its driver unless the tag was written within the last `maxAge` milliseconds (0 when not given).
   *
   * ```ts
   * const { value, unit } = await sense('io:temperature', { maxAge: 500 });
   * ```
   * @throws {TagError} when there is no such sensor, or it may not be read. An error named `DeviceError`, with `code`, when its driver
   * failed, or `DriverInterrupted` when the node was restarted meanwhile.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  export function sense<Value = any>(
    name: string,
    options?: { readonly maxAge?: number },
  ): Promise<{ readonly value: Value; readonly version: number; readonly unit: string; readonly ageMs: number }>;

  /**
   * Drives an actuator and waits until its driver says done. Happens at least once: after a crash it may be repeated.
   *
   * ```ts
   * await actuate('io:light-switch', 1, { timeout: 2_000 });
   * ```
   * @throws {TimeoutError} after `timeout` milliseconds; the actuator may still act.
   * @throws {TagError} when the tag does not exist or may not be driven. An error named `DeviceError`, with `code`, when its driver
   * failed, or `DriverInterrupted` when the node was restarted meanwhile: the actuator may have acted.
   */
  export function actuate(name: string, value: TagValue | object, options?: { readonly timeout?: number }): Promise<void>;

  // ----- Time, place, chance

  /** Waits for so many milliseconds of the Smart Message's own age, which stands still while a node is down. */
  export function sleep(ms: number): Promise<void>;

  /** Wall time of this node when the slice began, in milliseconds since 1970. `Date` uses it too. For durations use `self.ageMs`. */
  export function now(): number;

  /** A random number, uniform in [0, 1). The same source as `Math.random`. */
  export function random(): number;

  /** Degrees of latitude and longitude (WGS 84), metres of altitude. */
  export interface Location {
    readonly latitude: number;
    readonly longitude: number;
    readonly altitude?: number;
  }

  /** Where this node is; null when it does not know. */
  export function location(): Location | null;

  /** Metres between two locations, in a straight line on the WGS 84 ellipsoid; heights do not count. */
  export function distanceMetres(one: Location, other: Location): number;

  /** Whether a location is in a region. */
  export function inside(region: Region, location: Location): boolean;

  export interface Neighbour {
    /** The node id, for {@link sysMigrate}. */
    readonly id: string;
    /** The name its owner gave it. */
    readonly name: string;
    /** The kind of link to it: `tcp` ... */
    readonly link: string;
    readonly location: Location | null;
  }

  /** The nodes to which this one has an authenticated link at the moment. */
  export function neighbours(): Neighbour[];

  /** The Smart Message itself. Each member tells how things are when it is read. */
  export const self: {
    readonly id: string;
    /** The id shared by all Smart Messages of this launch. */
    readonly family: string;
    /** The id of the node on which the program is. */
    readonly node: string;
    readonly nodeName: string;
    /** The id of the node where the program was launched. */
    readonly origin: string;
    /** The id of the node it came from; null before the first hop. */
    readonly previous: string | null;
    /** Hops so far. */
    readonly hops: number;
    readonly author: string;
    /** The hash that identifies the code. */
    readonly code: string;
    /** Milliseconds since launch. Carried along; stands still while a node is down. */
    readonly ageMs: number;
    /** Milliseconds until the Smart Message is ended. */
    readonly lifetimeLeftMs: number;
    /** What it may still use: hops, milliseconds of CPU time, bytes sent, children. */
    readonly budget: { readonly hops: number; readonly cpuMs: number; readonly bytes: number; readonly children: number };
  };

  /**
   * Writes a line that `sm logs` shows. Values of any kind are shown in short; at most 64 lines a slice, of 2 kB each.
   *
   * ```ts
   * log.info('found', best);
   * ```
   */
  export const log: {
    debug(...values: unknown[]): void;
    info(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
  };

  // ----- Errors. After a hop an error is still of its class; `error.name` is the class's name.

  /** No destination was reached in time; of `sysMigrate`, the neighbour was away. */
  export class MigrationTimeout extends Error {
    constructor(details?: string | { readonly start: string; readonly reached: string; readonly reason: string });
    /** The node where the journey began. */
    readonly start: string;
    /** The node on which the program is now. */
    readonly reached: string;
    readonly reason: string;
  }

  /** A hop was refused; the program is where it was. */
  export class MigrationRefused extends Error {
    readonly neighbour?: string;
    /** Such as `quota-author`, `queue-full`, `budget-exhausted`. */
    readonly reason?: string;
    /** When trying again may succeed, in milliseconds. */
    readonly retryAfterMs?: number | null;
    /** Of clones, by the ids of their neighbours. */
    readonly accepted?: readonly string[];
    readonly refused?: readonly string[];
    readonly inDoubt?: readonly string[];
    readonly underWay?: readonly string[];
  }

  /** A call that takes the whole program along came while another task was unfinished; the message names its function and line. */
  export class TasksPending extends Error {}

  /** A wait ended by its timeout. */
  export class TimeoutError extends Error {}

  /** A tag cannot be used so; `code` says why. */
  export class TagError extends Error {
    constructor(message?: string, code?: string);
    readonly code: string;
  }
}

/** The part of `sm` that the node itself provides. */
declare module 'sm:host' {
  export * from 'sm';
}
