/** Patterns and first-match rules. */
import type { AuthorAndCode, IoUse, LaunchSubject, Pattern } from './types.ts';

/** True when `pattern`, in which `*` stands for any run of characters, covers all of `text`. Linear in time for one star. */
export function matches(pattern: Pattern, text: string): boolean {
  if (pattern === '*') return true;
  const parts = pattern.split('*');
  const first = parts[0]!;
  if (parts.length === 1) return pattern === text;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  for (const middle of parts.slice(1, -1)) {
    const found = text.indexOf(middle, position);
    if (found < 0) return false;
    position = found + middle.length;
  }
  const last = parts.at(-1)!;
  return text.length - last.length >= position && text.endsWith(last);
}

export function matchesAny(patterns: readonly Pattern[], text: string): boolean {
  return patterns.some((pattern) => matches(pattern, text));
}

/** Author patterns speak of the certificate's name, or of the key by `key:<hash>`. A key pattern never matches by name. */
export function matchesPerson(patterns: readonly Pattern[], name: string, key: string): boolean {
  return patterns.some((pattern) => (pattern.startsWith('key:') ? pattern === `key:${key}` : matches(pattern, name)));
}

export function matchesLaunch(rule: AuthorAndCode, subject: LaunchSubject): boolean {
  return matchesPerson(rule.authors, subject.author, subject.authorKey) && matchesAny(rule.code, subject.code);
}

/** How a rule's tag pattern relates to a declared one, both exact names or prefixes ending in `*`. */
export function coverage(rule: Pattern, declared: Pattern): 'all' | 'some' | 'none' {
  const rulePrefix = rule.endsWith('*') ? rule.slice(0, -1) : undefined;
  const declaredPrefix = declared.endsWith('*') ? declared.slice(0, -1) : undefined;
  if (rulePrefix !== undefined && (declaredPrefix ?? declared).startsWith(rulePrefix)) return 'all';
  if (rulePrefix === undefined && declaredPrefix === undefined) return rule === declared ? 'all' : 'none';
  if (declaredPrefix !== undefined && (rulePrefix ?? rule).startsWith(declaredPrefix)) return 'some';
  return 'none';
}

/** True when rules that name `tags` and `may` let through at least one tag that `declared` can name. First match decides. */
export function allowsSome(
  rules: readonly { readonly tags: readonly Pattern[]; readonly may: readonly IoUse[] }[],
  declared: Pattern,
  use: IoUse,
): boolean {
  for (const rule of rules) {
    const allowed = rule.may.includes(use);
    for (const pattern of rule.tags) {
      const covers = coverage(pattern, declared);
      if (covers === 'none') continue;
      if (allowed) return true;
      if (covers === 'all') return false;
    }
  }
  return false;
}
