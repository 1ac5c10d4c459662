import { assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeConfigText, type NodeChoices } from '../../../cli/node-config-text.ts';
import { formatAddress, parseNodeConfig } from '../../../runtime/config/node-config.ts';

const plain: NodeChoices = { listen: '0.0.0.0:7345', peers: [], location: null, multicast: true };
const parse = (choices: Partial<NodeChoices>) => parseNodeConfig(nodeConfigText({ ...plain, ...choices }), 'node.yaml');

describe('nodeConfigText', () => {
  it('writes what was chosen so that the daemon reads just that', () => {
    const config = parse({
      listen: '[::1]:0',
      peers: ['192.168.1.20:7345', 'garden.local'],
      location: '40.52,-74.46',
      multicast: false,
      offer: ['io:load*'],
      simulated: ['- kind: thermometer', '  value: -17.8'],
      logLevel: 'warn',
    });
    expect(config).toMatchObject({
      listen: { host: '::1', port: 0 },
      location: { latitude: 40.52, longitude: -74.46 },
      discovery: { multicast: false },
      log: { level: 'warn' },
      drivers: { offer: ['io:load*'], simulated: [{ kind: 'thermometer', value: -17.8 }] },
    });
    expect(config.peers.map(formatAddress)).toEqual(['192.168.1.20:7345', 'garden.local:7345']);
  });

  it('leaves the defaults where nothing was chosen; its comments are a valid configuration when uncommented', () => {
    const text = nodeConfigText(plain);
    expect(parseNodeConfig(text, 'node.yaml')).toEqual(parseNodeConfig('', 'node.yaml'));
    const uncommented = text
      .replace(/^# Configuration.*\n/, '')
      .replace(/^# /gm, '')
      .replace(/^#(?= )/gm, '');
    expect(parseNodeConfig(uncommented, 'node.yaml')).toMatchObject({ peers: [{ host: '192.168.1.20' }], location: { latitude: 40.52 } });
  });

  it.each([
    [{ listen: 'kitchen' }, '--listen needs host:port'],
    [{ listen: '0.0.0.0:99999' }, '--listen needs host:port'],
    [{ location: '91,0' }, '--location needs latitude,longitude'],
    [{ location: '1,2,3' }, '--location needs latitude,longitude'],
    [{ location: 'here' }, '--location needs latitude,longitude'],
    [{ location: '' }, '--location needs latitude,longitude'],
  ] as const)('refuses %j', (choices, message) => {
    expect(() => nodeConfigText({ ...plain, ...choices })).toThrow(message);
  });

  it('brings every position on earth through', () => {
    const degrees = (most: number) => double({ min: -most, max: most, noNaN: true });
    assert(
      property(degrees(90), degrees(180), (latitude, longitude) => {
        const config = parse({ location: `${latitude},${longitude}` });
        expect(config.location!.latitude).toBeCloseTo(latitude, 9);
        expect(config.location!.longitude).toBeCloseTo(longitude, 9);
      }),
    );
  });
});
