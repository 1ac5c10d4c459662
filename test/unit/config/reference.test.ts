import { describe, expect, it } from 'vitest';

import { checkNodeConfig, describeConfig } from '../../../runtime/config/node-config.ts';
import { checkPolicy, describePolicy } from '../../../runtime/policy/document.ts';
import { checkScenario, describeScenario } from '../../../sim/scenario/schema.ts';

/** Pages are made anew with `npx vitest run test/unit/config/reference.test.ts -u`. */
describe('the reference pages in docs', () => {
  it.each([
    ['node.yaml.md', describeConfig, checkNodeConfig],
    ['policy.md', describePolicy, checkPolicy],
    ['scenario.md', describeScenario, checkScenario],
  ] as const)('%s says what the code checks, with an example that passes', async (file, describePage, check) => {
    const page = describePage();
    const example = /```yaml\n([^]*?)```/.exec(page)?.[1] ?? '';
    expect(example).not.toBe('');
    expect(check(example, file)).toEqual([]);
    await expect(page).toMatchFileSnapshot(`../../../docs/reference/${file}`);
  });
});
