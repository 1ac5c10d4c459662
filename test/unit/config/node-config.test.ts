import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MisuseError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { nodeLayout } from '../../../runtime/config/layout.ts';
import { ADJUSTABLE, effectiveLimits } from '../../../runtime/config/limits.ts';
import {
  checkNodeConfig,
  describeConfig,
  formatAddress,
  loadNodeConfig,
  parseAddress,
  parseNodeConfig,
} from '../../../runtime/config/node-config.ts';

const EXAMPLE = `
listen: { host: 127.0.0.1, port: 0 }
peers: [garden.local, '192.168.1.20:7000', '[fe80::1%eth0]:7345', '::1']
discovery: { multicast: false }
location: { latitude: 40.5, longitude: -74.4 }
log: { level: debug }
limits:
  residents: 500
  residentBytes: 64MiB
  offerTimeoutMs: 2s
drivers:
  offer: ['io:load', 'io:light*']
  files:
    - tag: io:temperature/garden
      path: /sys/bus/w1/devices/28-0/w1_slave
      match: 't=(-?\\d+)'
      scale: 0.001
      unit: celsius
      samplingMs: 10s
  exec:
    enabled: true
    commands:
      - tag: io:exec/uptime
        read: [/usr/bin/uptime]
        type: text
  simulated:
    - { kind: light }
    - { kind: thermometer, value: 0, unit: fahrenheit }
`;

describe('node.yaml', () => {
  it('reads every section, with units and defaults', () => {
    const config = parseNodeConfig(EXAMPLE, 'node.yaml');
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 0 });
    expect(config.peers.map(formatAddress)).toEqual(['garden.local:7345', '192.168.1.20:7000', '[fe80::1%eth0]:7345', '[::1]:7345']);
    expect(config.discovery).toMatchObject({ multicast: false, port: 7346 });
    expect(config.location).toEqual({ latitude: 40.5, longitude: -74.4 });
    expect(config.limits).toMatchObject({
      residents: 500,
      residentBytes: 64 * 1024 * 1024,
      offerTimeoutMs: 2000,
      neighbours: LIMITS.neighbours,
    });
    expect(config.drivers.files[0]).toMatchObject({ match: 't=(-?\\d+)', scale: 0.001, offset: 0, type: 'number', samplingMs: 10_000 });
    expect(config.drivers.exec.commands[0]).toMatchObject({ read: ['/usr/bin/uptime'], write: null, samplingMs: null });
    expect(config.drivers.simulated).toEqual([
      { kind: 'light', tag: 'io:light', delayMs: 200 },
      { kind: 'thermometer', tag: 'io:thermometer', value: 0, unit: 'fahrenheit', swing: 0, periodMs: 60_000 },
    ]);
  });

  it('is valid when it is empty, only comments, or missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sm-config-'));
    try {
      const defaults = parseNodeConfig('', 'node.yaml');
      expect(parseNodeConfig('# nothing\n', 'node.yaml')).toEqual(defaults);
      expect(loadNodeConfig(join(folder, 'node.yaml'))).toEqual(defaults);
      expect(effectiveLimits(defaults.limits)).toEqual(LIMITS);
      writeFileSync(join(folder, 'node.yaml'), 'log: {level: warn}');
      expect(loadNodeConfig(join(folder, 'node.yaml')).log.level).toBe('warn');
      expect(() => loadNodeConfig(folder)).toThrow(MisuseError);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says for every mistake where it is, what stands there and what is allowed', () => {
    const text = `listen:
  prt: 12
  host: [a]
peers: [1.2.3.4:99999]
limits: { residents: lots, residentBytes: 1TB, redialMinMs: 99d }
drivers:
  simulated:
    - kind: termometer
    - kind: light
      delayMs: 3 fortnights
    - tag: io:x
  exec: { enabled: yes, commands: [{ tag: io:x, read: [] }] }
  files: [{ tag: temperature, path: sys/x, match: '(' , scale: 0 }]
location: { latitude: 91 }
log: { level: wran }
log: { level: info }
x: &a 1
y: *a
`;
    expect(checkNodeConfig(text, 'node.yaml')).toMatchInlineSnapshot(`
      [
        "node.yaml:2:3: listen.prt is not a known key; did you mean port?; allowed here: host, port",
        "node.yaml:3:9: listen.host is a list; expected a host name or an IP address",
        "node.yaml:4:9: peers[0] is "1.2.3.4:99999"; expected an address such as 192.168.1.20:7345, garden.local or [fe80::1]:7345",
        "node.yaml:5:22: limits.residents is "lots"; expected a whole number from 1 to 1000000",
        "node.yaml:5:43: limits.residentBytes is "1TB"; expected a size from 1MiB to 64GiB, such as 64KiB, 1MiB (a bare number is bytes)",
        "node.yaml:5:61: limits.redialMinMs is "99d"; expected a duration from 10ms to 10m, such as 500ms, 10s, 5m, 2h, 7d (a bare number is milliseconds)",
        "node.yaml:8:13: drivers.simulated[0].kind is "termometer"; expected one of thermometer, light, signal, fire-detector, camera; did you mean thermometer?",
        "node.yaml:10:16: drivers.simulated[1].delayMs is "3 fortnights"; expected a duration from 0ms to 1m, such as 500ms, 10s, 5m, 2h, 7d (a bare number is milliseconds)",
        "node.yaml:11:7: drivers.simulated[2].kind is missing; expected one of thermometer, light, signal, fire-detector, camera",
        "node.yaml:12:20: drivers.exec.enabled is "yes"; expected true or false",
        "node.yaml:12:43: drivers.exec.commands[0].tag is "io:x"; expected a tag name beginning with io:exec/",
        "node.yaml:12:55: drivers.exec.commands[0].read is empty; expected a program and its arguments",
        "node.yaml:13:18: drivers.files[0].tag is "temperature"; expected a tag name beginning with io:, such as io:temperature/garden",
        "node.yaml:13:37: drivers.files[0].path is "sys/x"; expected an absolute path",
        "node.yaml:13:51: drivers.files[0].match is "("; expected a regular expression",
        "node.yaml:13:64: drivers.files[0].scale is 0; every reading would be the same",
        "node.yaml:14:11: location.longitude is missing; expected a number from -180 to 180",
        "node.yaml:14:23: location.latitude is 91; expected a number from -90 to 90",
        "node.yaml:15:15: log.level is "wran"; expected one of debug, info, warn, error, silent; did you mean warn?",
        "node.yaml:16:1: log appears twice; the first is at line 15",
        "node.yaml:17:1: x is not a known key; allowed here: listen, peers, discovery, control, location, store, log, metrics, limits, drivers",
        "node.yaml:18:4: y is an alias (*name), which is not allowed; write the value out",
      ]
    `);
  });

  it('reports what YAML itself does not understand, and more than one document', () => {
    expect(checkNodeConfig('a: [1,\n', 'n.yaml')[0]).toMatch(/^n\.yaml:2:1: not valid YAML: /);
    expect(checkNodeConfig('log: {level: info}\n---\nlog: {}\n', 'n.yaml')).toEqual([
      'n.yaml:2:1: a second document begins here; only one is allowed',
    ]);
    expect(checkNodeConfig('- a\n', 'n.yaml')[0]).toMatch(/^n\.yaml:1:1: is a list; expected a group of the keys/);
    expect(checkNodeConfig('a\tb: !!binary aGk=\n', 'n.yaml')).toHaveLength(1);
  });

  it('survives nesting that would exhaust the process', () => {
    for (const opening of ['[', '{a: ', '- ', '? ', '? - ']) {
      const problems = checkNodeConfig(opening.repeat(20_000), 'n.yaml');
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/nested more than 16 levels deep$/);
    }
    expect(checkNodeConfig(`# ${'x'.repeat(LIMITS.documentBytes)}`, 'n.yaml')[0]).toMatch(/at most 131072 are allowed/);
  });

  it('checks keys that must agree', () => {
    expect(checkNodeConfig('limits: {redialMinMs: 10s, redialMaxMs: 1s}', 'n')).toEqual([
      'n:1:1: limits.redialMinMs (10000) is more than limits.redialMaxMs (1000)',
    ]);
    expect(checkNodeConfig('drivers: {simulated: [{kind: camera}, {kind: signal, tag: io:camera}]}', 'n')).toEqual([
      'n:1:1: drivers name the tag io:camera twice; a node can have one of each name',
    ]);
    expect(checkNodeConfig('drivers: {exec: {commands: [{tag: io:exec/x}]}}', 'n')[0]).toMatch(/has neither read nor write/);
  });

  it('throws one error that lists all problems', () => {
    expect(() => parseNodeConfig('a: 1\nb: 2\n', 'node.yaml')).toThrow(/^node\.yaml:1:1: a is not .*\nnode\.yaml:2:1: b is not /);
  });
});

describe('the reference of node.yaml', () => {
  const reference = describeConfig();

  it('has a row for every adjustable bound, with the default of the code', () => {
    for (const name of Object.keys(ADJUSTABLE)) expect(reference).toContain(`\`limits.${name}\``);
    expect(reference).toContain('| 256MiB |');
  });

  it('names the keys of lists and of every kind of simulated device', () => {
    for (const key of ['drivers.files[].match', 'drivers.exec.commands[].timeoutMs', 'drivers.simulated[].redFromMs (camera)']) {
      expect(reference).toContain(`\`${key}\``);
    }
  });

  it('gives defaults that the file accepts and that are within their own bounds', () => {
    for (const [name, { min, max }] of Object.entries(ADJUSTABLE)) {
      const value = LIMITS[name as keyof typeof ADJUSTABLE];
      expect(value, name).toBeGreaterThanOrEqual(min);
      expect(value, name).toBeLessThanOrEqual(max);
    }
  });
});

describe('addresses', () => {
  it('reads host and port in every usual form', () => {
    expect(parseAddress('10.0.0.1')).toEqual({ host: '10.0.0.1', port: 7345 });
    expect(parseAddress('pi:80')).toEqual({ host: 'pi', port: 80 });
    expect(parseAddress('[::1]:80')).toEqual({ host: '::1', port: 80 });
    expect(parseAddress('fe80::1')).toEqual({ host: 'fe80::1', port: 7345 });
  });

  it.each(['', 'a b', 'pi:0', 'pi:65536', 'pi:x', '[::1', '[pi]:80', 'pi:80:90x'])('refuses %j', (address) => {
    expect(parseAddress(address)).toBeUndefined();
  });
});

describe('the folder of a node', () => {
  it('keeps everything inside, and the socket where the kernel takes its path', () => {
    const short = nodeLayout('/srv/n1');
    expect(short).toMatchObject({
      config: '/srv/n1/node.yaml',
      identity: '/srv/n1/identity',
      data: '/srv/n1/data',
      socket: '/srv/n1/data/control.sock',
    });
    const long = nodeLayout(`/srv/${'x'.repeat(120)}`);
    expect(Buffer.byteLength(long.socket)).toBeLessThan(104);
    expect(long.socket).toBe(nodeLayout(`/srv/${'x'.repeat(120)}/`).socket);
    expect(long.socket).not.toBe(nodeLayout(`/srv/${'y'.repeat(120)}`).socket);
  });
});
