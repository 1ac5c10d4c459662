/**
 * Every metric of a node: its name, kind, labels and meaning. The adapter registers exactly these, and a name that is not here is a bug.
 * Names follow Prometheus: base units, `_total` for counters.
 */
export interface MetricAbout {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in the metric's unit. */
  readonly buckets?: readonly number[];
}

const SECONDS_FINE = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] as const;
const BYTES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576] as const;

export const METRICS = {
  sm_refusals_total: { kind: 'counter', help: 'Requests that this node refused, by reason.', labels: ['reason'] },
  sm_admitted_total: { kind: 'counter', help: 'Smart Messages let in: born here, arrived, or children of residents.', labels: ['kind'] },
  sm_residents: { kind: 'gauge', help: 'Smart Messages on this node.', labels: [] },
  sm_resident_bytes: { kind: 'gauge', help: 'Their state at rest, in bytes.', labels: [] },
  sm_nonces: { kind: 'gauge', help: 'Launches that this node remembers.', labels: [] },
  sm_ended_total: { kind: 'counter', help: 'Lineages that ended here, by outcome.', labels: ['outcome'] },
  sm_obituaries_lost_total: { kind: 'counter', help: 'News of an end that could not be passed on towards the origin.', labels: [] },
  sm_killed_total: { kind: 'counter', help: 'Smart Messages ended by force, by cause.', labels: ['cause'] },

  sm_handoffs_total: { kind: 'counter', help: 'Hand-offs by direction and outcome.', labels: ['direction', 'outcome'] },
  sm_handoff_retries_total: { kind: 'counter', help: 'Offers made again, by reason.', labels: ['reason'] },
  sm_guards_kept_total: { kind: 'counter', help: 'Copies of guarded Smart Messages that stayed here when they went on.', labels: [] },
  sm_guards_refused_total: {
    kind: 'counter',
    help: 'Hops of guarded Smart Messages that left no copy here, by reason.',
    labels: ['reason'],
  },
  sm_guards_revived_total: { kind: 'counter', help: 'Copies that were revived here.', labels: [] },
  sm_guard_copies: { kind: 'gauge', help: 'Copies of guarded Smart Messages on this node.', labels: [] },
  sm_hop_seconds: { kind: 'histogram', help: 'From OFFER sent to ACCEPT received.', labels: ['link'], buckets: SECONDS_FINE },
  sm_hop_state_bytes: { kind: 'histogram', help: 'Execution state carried by an accepted offer.', labels: [], buckets: BYTES },
  sm_bricks_sent_total: { kind: 'counter', help: 'Code bricks sent to neighbours that lacked them.', labels: [] },

  sm_neighbours: { kind: 'gauge', help: 'Authenticated neighbours.', labels: [] },
  sm_link_up_total: { kind: 'counter', help: 'Links that came up, by kind.', labels: ['link'] },
  sm_link_down_total: { kind: 'counter', help: 'Links that went down, by kind.', labels: ['link'] },
  sm_link_refused_total: { kind: 'counter', help: 'Connections that did not become a link, by reason.', labels: ['reason'] },
  sm_messages_sent_total: { kind: 'counter', help: 'Messages queued for neighbours, by type; HELLO and BYE are not.', labels: ['type'] },
  sm_beacons_dropped_total: { kind: 'counter', help: 'Beacons of neighbours that were not listened to.', labels: [] },
  sm_beacon_failures_total: { kind: 'counter', help: 'Beacons that could not be sent.', labels: [] },

  sm_slices_total: { kind: 'counter', help: 'Slices run, by how they ended.', labels: ['outcome'] },
  sm_slice_seconds: { kind: 'histogram', help: 'CPU time of a slice.', labels: [], buckets: SECONDS_FINE },
  sm_worker_restarts_total: { kind: 'counter', help: 'Times the program thread was replaced, by cause.', labels: ['cause'] },
  sm_commit_failures_total: { kind: 'counter', help: 'Slices undone because the store refused them.', labels: [] },

  sm_driver_samples_total: { kind: 'counter', help: 'Readings taken, by driver and outcome.', labels: ['driver', 'outcome'] },
  sm_driver_actuations_total: { kind: 'counter', help: 'Actuations, by driver and outcome.', labels: ['driver', 'outcome'] },
  sm_io_tags: { kind: 'gauge', help: 'I/O tags that drivers offer.', labels: [] },

  sm_control_requests_total: {
    kind: 'counter',
    help: 'Requests to the control API, by operation and outcome.',
    labels: ['operation', 'outcome'],
  },
} as const satisfies Readonly<Record<string, MetricAbout>>;
