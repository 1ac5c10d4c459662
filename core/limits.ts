/**
 * Every bound of the system, in one place. docs/LIMITS.md explains each; `limits.test.ts` checks that the two agree.
 * A bound that an operator may change is the default of a configuration or policy field of the same name.
 */
const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const LIMITS = {
  // Wire
  frameBytes: 2 * MIB,
  nodeNameBytes: 64,
  detailBytes: KIB,
  orderBytes: 16 * KIB,
  familyReplyBytes: MIB,
  sendQueueBytes: 4 * MIB,
  handshakeTimeoutMs: 10 * SECOND_MS,
  helloTimeoutMs: 5 * SECOND_MS,
  keepaliveIntervalMs: 5 * SECOND_MS,
  keepaliveMissed: 3,
  redialMinMs: 250,
  redialMaxMs: 30 * SECOND_MS,
  neighbours: 64,
  inboundHandshakes: 32,
  duplicateProbeMs: 2 * SECOND_MS,
  closeTimeoutMs: SECOND_MS,
  patienceMs: 5,
  sessionsCached: 256,
  dialTargets: 256,

  // Discovery
  beaconIntervalMs: 5 * SECOND_MS,
  beaconsPerSecond: 100,
  beaconHints: 256,
  beaconMissed: 4,

  // Smart Messages
  stateBytes: 256 * KIB,
  eventsBytes: 16 * KIB,
  manifestBytes: 64 * KIB,
  brickBytes: 256 * KIB,
  bricksPerProgram: 64,
  knownBricks: 64,
  programBytes: MIB,
  argumentsBytes: 64 * KIB,
  launchBytes: 80 * KIB,
  resultBytes: 256 * KIB,
  obituaryBytes: 320 * KIB,
  waitsPerSlice: 64,
  cloneTargets: 64,
  childrenPerSlice: 16,
  logLinesPerSlice: 64,
  logLineBytes: 2 * KIB,
  tagChangesPerSlice: 1024,
  sliceOutputBytes: MIB,
  errorCauses: 4,
  errorPlaces: 32,
  errorTextBytes: 4 * KIB,

  // Declared by a program, when it declares nothing; policy caps them
  cpuMsPerSlice: 200,
  memoryBytesPerSlice: 8 * MIB,
  lifetimeMs: HOUR_MS,
  lifetimeMaxMs: 7 * DAY_MS,
  budgetHops: 4096,
  budgetCpuMs: 600 * SECOND_MS,
  budgetBytes: 16 * MIB,
  budgetChildren: 4096,
  tagsPerFamily: 64,

  // Node
  residents: 20_000,
  residentsPerAuthor: 20_000,
  residentsPerCode: 20_000,
  residentBytes: 256 * MIB,
  inDoubt: 1024,
  acceptedRecords: 65_536,
  storeBytes: 512 * MIB,
  nonces: 65_536,
  codeCacheBytes: 32 * MIB,
  hotImages: 16,
  breadcrumbs: 65_536,
  tombstones: 4096,
  strandedObituaries: 4096,
  results: 1024,
  resultsBytes: 32 * MIB,
  resultKeepMs: 7 * DAY_MS,
  receipts: 65_536,
  hopEvents: 16_384,
  logLinesKept: 4096,
  pendingOffers: 256,

  // Tag space
  tagNameBytes: 128,
  tagValueBytes: 64 * KIB,
  tags: 65_536,
  tagBytes: 32 * MIB,
  tagLifetimeMaxMs: 7 * DAY_MS,
  tagValueDepth: 32,
  /** Of a tag whose maker gives none. */
  tagLifetimeMs: HOUR_MS,
  tagNamesListed: 1024,
  tagsPerAuthor: 16_384,
  tagBytesPerAuthor: 16 * MIB,
  tagsPerCode: 16_384,
  tagBytesPerCode: 16 * MIB,
  tagBytesPerFamily: 4 * MIB,
  tagExpiriesPerStep: 256,
  tagVersionsPerBoot: 2 ** 38,
  waitersPerTag: 20_000,
  namesPerBlock: 64,

  // Sandbox
  sandboxMemoryBytes: 48 * MIB,
  hotImageBytes: 16 * MIB,
  sliceOutputDepth: 64,
  guestStackBytes: 128 * KIB,
  workerStackMib: 8,
  workerHeapMib: 256,
  workerYoungHeapMib: 8,
  watchdogMs: 3 * SECOND_MS,
  watchdogIntervalMs: 250,
  commitRetryMs: 500,
  commitRetryMaxMs: 30_000,
  workerRestartsPerMinute: 30,
  /** Change sets that main has not yet taken note of; then the worker pauses. */
  changeSetsInFlight: 1024,
  /** Tag changes from outside whose outcome is not yet known. */
  externalChanges: 4096,
  /** How long the worker stays awake for a Smart Message that is being judged. */
  expectMs: 1,
  /** Programs whose bricks the worker holds. */
  workerPrograms: 64,
  /** Waiting residents whose states the worker holds; those of others it asks main for. */
  workerStates: 256,

  // Hand-off
  offerTimeoutMs: 10 * SECOND_MS,
  reconnectGraceMs: 2 * SECOND_MS,
  offerAttempts: 3,
  retryAfterMs: 500,
  settleTimeoutMs: 30 * SECOND_MS,
  /** Nodes at which copies of one guarded Smart Message stay. */
  guardsPerSm: 4,
  /** Copies of guarded Smart Messages that a node keeps, those that were revived counted in. */
  guardCopies: 1024,
  /** News for the keepers of copies that nobody needs any more, as long as they have not heard it. */
  guardReleases: 16_384,
  /** Copies of which one message speaks. */
  guardItems: 4096,
  guardLeaseMs: MINUTE_MS,

  // Control API
  controlRequestBytes: 4 * MIB,
  controlConnections: 64,
  controlSubscriptions: 64,
  controlFamilies: 256,

  // Documents that operators write
  documentBytes: 128 * KIB,
  documentDepth: 16,
  policyRules: 256,
  patternsPerRule: 256,

  // Admission
  noncesPerAuthor: 32_768,
  rateBuckets: 4096,
  grantsCached: 4096,

  // Drivers
  ioTags: 512,
  ioValueBytes: 16 * KIB,
  deviceFileBytes: 64 * KIB,
  driverTimeoutMs: 5 * SECOND_MS,
  firstReadingsMs: SECOND_MS / 2,
  actuationsQueued: 64,
  samplingMinMs: 20,
  commandOutputBytes: 64 * KIB,
  commandsAtOnce: 4,

  // Certificates
  certificateDays: 365,
  launchValidMs: 10 * MINUTE_MS,
  clockSkewMs: 5 * MINUTE_MS,
  authorityDays: 3650,
  revokedKeys: 4096,
  credentialsCached: 1024,
  launchesCached: 1024,
  orderValidMs: 10 * MINUTE_MS,
  policyBytes: 256 * KIB,

  // Simulator
  simNodes: 20_000,
  simFileBytes: 64 * MIB,
  simPlacementAttempts: 100_000,
  simQueuedMessages: 256,
  simEarlyFrames: 64,
  simPrograms: 64,
  simViolations: 20,
} as const;

export type Limits = { readonly [K in keyof typeof LIMITS]: number };
