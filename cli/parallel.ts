/** Doing the same for many things, a bounded number at the same time. */

/** Resolves with the outcomes in the order of `items`; rejects with the first error. */
export async function inParallel<Item, Outcome>(
  items: readonly Item[],
  most: number,
  act: (item: Item) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const left = [...items.entries()];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) outcomes[next[0]] = await act(next[1]);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work));
  return outcomes;
}
