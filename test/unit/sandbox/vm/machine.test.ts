import { beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../../../../sandbox/vm/machine.ts';
import { compileQuickJs } from '../../../../sandbox/vm/quickjs-module.ts';

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.start({
    module: await compileQuickJs(),
    memoryBytes: 16 << 20,
    stackBytes: 128 << 10,
    interrupted: () => 1000,
    numbers: 1,
    answer: () => undefined,
  });
});

function text(source: string): string {
  const result = machine.evaluate(source, 'test');
  if ('thrown' in result) throw new Error(`${result.thrown.name}: ${result.thrown.message}\n${result.thrown.stack}`);
  return machine.view(result.value)!.toString();
}

describe('code without texts', () => {
  it('has functions that work, and do not tell how they are written', () => {
    const loaded = machine.evaluateTextless('function twice(n) {\n  if (n < 0) throw new Error("negative");\n  return 2 * n;\n}', 'quiet');
    expect(loaded).toHaveProperty('value');
    expect(text('String(twice(21))')).toBe('42');
    expect(text('twice.toString()')).toContain('[native code]');
  });

  it('still says where it failed', () => {
    const failed = machine.evaluate('twice(-1)', 'test');
    expect(failed).toMatchObject({ thrown: { message: 'negative', stack: expect.stringMatching(/at twice \(quiet:2:/) as string } });
  });

  it('leaves the texts of what is loaded afterwards', () => {
    expect(text('(function later() { return 12345; }).toString()')).toBe('function later() { return 12345; }');
  });
});
