import { describe, expect, it } from 'vitest';
import { bytesText, durationText, Output, table } from '../../../cli/output.ts';

/** Two streams that remember, terminals or not. */
function streams(isTTY: boolean) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') =>
    ({ isTTY, write: (text: string) => ((written[name] += text), true) }) as unknown as NodeJS.WriteStream;
  return { written, stdout: stream('stdout'), stderr: stream('stderr') };
}

describe('table', () => {
  it('aligns text left and numbers right, without trailing blanks', () => {
    const text = table(
      ['NODE', 'SMS', 'STATE'],
      [
        ['porch', 7, 'up'],
        ['a', 1234, ''],
      ],
    );
    expect(text.split('\n')).toEqual(['NODE    SMS  STATE', 'porch     7  up', 'a      1234']);
  });

  it('shows its heading when there are no rows', () => expect(table(['A', 'B'], [])).toBe('A  B'));
});

describe('quantities', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_550_000, '1.6 MB'],
  ])('%i bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

  it.each([
    [0.416, '0.42 ms'],
    [42.4, '42 ms'],
    [1000, '1.0 s'],
    [61_000, '1 min 1 s'],
    [119_700, '2 min 0 s'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms are %s', (ms, text) => expect(durationText(ms)).toBe(text));
});

describe('Output', () => {
  it('prints results on standard output and everything else on standard error', () => {
    const { written, ...ports } = streams(false);
    const output = new Output({ json: false, quiet: false, ...ports });
    output.note('working');
    output.progress('never seen without a terminal');
    output.result({ a: 1 }, 'one');
    output.warning('careful');
    output.failure({ code: 'x', message: 'it broke', hint: 'mend it' });
    expect(written).toEqual({ stdout: 'one\n', stderr: 'working\nwarning: careful\nerror: it broke\n  mend it\n' });
  });

  it('prints JSON and nothing but JSON with --json, also for errors', () => {
    const { written, ...ports } = streams(true);
    const output = new Output({ json: true, quiet: false, ...ports });
    output.note('working');
    output.progress('1 of 2');
    output.result({ a: 1 }, () => 'never made');
    output.failure({ code: 'x', message: 'it broke', hint: '' });
    expect(written.stderr).toBe('');
    expect(
      written.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([{ a: 1 }, { error: { code: 'x', message: 'it broke', hint: '' } }]);
  });

  it('clears a passing line before the next one that stays', () => {
    const { written, ...ports } = streams(true);
    const output = new Output({ json: false, quiet: false, ...ports });
    output.progress('1 of 2');
    output.result(null, 'done');
    expect(written).toEqual({ stdout: 'done\n', stderr: '\r\u001b[2K1 of 2\r\u001b[2K' });
  });

  it('keeps to results and errors with --quiet', () => {
    const { written, ...ports } = streams(true);
    const output = new Output({ json: false, quiet: true, ...ports });
    output.note('working');
    output.progress('1 of 2');
    expect(written).toEqual({ stdout: '', stderr: '' });
  });
});
