/** Every driver that the configuration asks for, in order of precedence: what the operator named goes before what was found. */
import type { Position } from '../core/messages.ts';
import type { Clock } from '../core/ports.ts';
import type { DriversConfig } from './config.ts';
import type { Driver } from './driver.ts';
import { createExecDriver } from './exec.ts';
import { createFileDriver } from './file.ts';
import { createHostDriver } from './host.ts';
import { createLocationDriver } from './location.ts';
import type { Commands, DeviceFiles, HostFacts } from './ports.ts';
import { createSensorsDriver } from './sensors.ts';
import { createSimulatedDriver } from './simulated.ts';

export interface DriverPorts {
  readonly clock: Clock;
  readonly files: DeviceFiles;
  readonly facts: HostFacts;
  readonly commands: Commands;
}

export function createDrivers(config: DriversConfig, position: Position | null, ports: DriverPorts): readonly Driver[] {
  const { clock, files, facts, commands } = ports;
  const drivers: Driver[] = [createLocationDriver(position)];
  if (config.files.length > 0) drivers.push(createFileDriver({ files, tags: config.files }));
  if (config.exec.enabled) drivers.push(createExecDriver({ commands, tags: config.exec.commands }));
  if (config.simulated.length > 0) drivers.push(createSimulatedDriver({ clock, devices: config.simulated }));
  if (config.sensors.enabled) drivers.push(createSensorsDriver({ files, samplingMs: config.sensors.samplingMs }));
  if (config.host.enabled) drivers.push(createHostDriver({ files, facts, samplingMs: config.host.samplingMs }));
  return drivers;
}
