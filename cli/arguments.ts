/** From `--arg key=value` and `--args json` to the argument object of a program. */
import { MisuseError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';

/**
 * Merges both forms; `--arg` wins. A value is JSON where it parses as JSON, else a string: `--arg visits=3 --arg tag=io:load`.
 * Throws MisuseError naming the flag.
 */
export function parseArguments(pairs: readonly string[], json: string | undefined): string {
  const merged: Record<string, unknown> = { ...parseObject(json) };
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) throw new MisuseError('bad-argument', `--arg needs key=value, not "${pair}"`);
    merged[pair.slice(0, at)] = parseValue(pair.slice(at + 1));
  }
  const text = JSON.stringify(merged);
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.argumentsBytes)
    throw new MisuseError('bad-argument', `the arguments are ${bytes} bytes long; ${LIMITS.argumentsBytes} are allowed`);
  return text;
}

function parseObject(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new MisuseError('bad-argument', `--args is not JSON: ${(cause as Error).message}`, {
      hint: `Example: --args '{"visits": 3}'`,
      cause,
    });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new MisuseError('bad-argument', '--args must be a JSON object', { hint: `Example: --args '{"visits": 3}'` });
  }
  return value as Record<string, unknown>;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `30s`, `5min`, `2h`, `7d`; a bare number is seconds. Throws MisuseError naming `flag`. */
export function parseDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text.trim());
  const unit = match === null ? undefined : UNITS_MS[match[2] === '' ? 's' : match[2]!];
  if (match === null || unit === undefined) {
    throw new MisuseError('bad-argument', `${flag} needs a duration such as 30s, 5min or 2h, not "${text}"`);
  }
  return Math.round(Number(match[1]) * unit);
}
