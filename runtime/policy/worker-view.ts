/** What the program thread needs to know of the policy. */
import type { Limits } from '../../core/limits.ts';
import type { TagAllowance, TagQuotas } from '../worker/protocol.ts';
import { mayUseIo, type Grant } from './decide.ts';
import { coverage } from './match.ts';
import type { IoUse, Pattern, Quota } from './types.ts';

/**
 * The I/O tags of this node that a program may really use: those it declared, as far as policy lets it. Exact names, because
 * rules that forbid part of what a later rule allows cannot be said as prefixes.
 */
export function usableIo(grant: Grant, declared: readonly Pattern[], offered: readonly string[], use: IoUse): readonly string[] {
  return offered.filter((name) => declared.some((pattern) => coverage(pattern, name) === 'all') && mayUseIo(grant, name, use));
}

/** What policy says about the tags of one author's launches of one program. */
export function tagQuotasOf(grant: Grant): Pick<TagQuotas, 'author' | 'code' | 'lifetimeMaxMs'> {
  return { author: allowanceOf(grant.authorQuota), code: allowanceOf(grant.codeQuota), lifetimeMaxMs: grant.caps.tagLifetimeMs };
}

function allowanceOf(quota: Quota): TagAllowance {
  return { tags: quota.tags, bytes: quota.tagBytes };
}

/** Bounds of the node, and those of tags whose program is not here any more. */
export function commonTagQuotas(limits: Limits): TagQuotas {
  return {
    node: { tags: limits.tags, bytes: limits.tagBytes },
    author: { tags: limits.tagsPerAuthor, bytes: limits.tagBytesPerAuthor },
    code: { tags: limits.tagsPerCode, bytes: limits.tagBytesPerCode },
    familyBytes: limits.tagBytesPerFamily,
    lifetimeMaxMs: limits.tagLifetimeMaxMs,
  };
}
