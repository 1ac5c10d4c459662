import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markdownFiles, ROOT, textOf } from './documents.ts';

/** GitHub's names of headings: lower case, without punctuation, dashes for spaces. */
function anchorsOf(markdown: string): readonly string[] {
  const headings = [...withoutCode(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));
}

/** Targets of links and images that are not on another host. */
function localTargets(markdown: string): readonly string[] {
  const targets = [...withoutCode(markdown).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!);
  return targets.filter((target) => !/^[a-z]+:/i.test(target));
}

/** What is wrong with a link; null when nothing is. */
function problemOf(file: string, target: string): string | null {
  const [path = '', anchor] = target.split('#');
  const linked = path === '' ? file : join(dirname(file), path);
  if (!existsSync(join(ROOT, linked))) return `${target}: there is no ${linked}`;
  if (anchor === undefined || anchorsOf(textOf(linked)).includes(anchor)) return null;
  return `${target}: ${linked} has no heading #${anchor}`;
}

describe('links between documents', () => {
  const files = markdownFiles();

  it('looks at the documentation', () => {
    expect(files).toContain('README.md');
    expect(files.flatMap((file) => localTargets(textOf(file))).length).toBeGreaterThan(20);
  });

  it.each(files)('%s links to what is there', (file) => {
    const problems = localTargets(textOf(file)).map((target) => problemOf(file, target));
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
  });

  it('would find a broken link', () => {
    expect(problemOf('README.md', 'docs/NOTHING.md')).toContain('there is no');
    expect(problemOf('README.md', 'docs/LIMITS.md#nothing')).toContain('no heading');
  });
});
