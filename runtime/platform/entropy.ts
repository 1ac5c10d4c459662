/** Unpredictable bytes from the operating system. */
import { randomBytes } from 'node:crypto';
import type { Entropy } from '../../core/ports.ts';

export const systemEntropy: Entropy = { bytes: (length) => randomBytes(length) };
