import { describe, expect, it } from 'vitest';

import { GraphBuilder } from '../../../src/engine/graph/graphBuilder';
import type { Lanes } from '../../../src/engine/ort/lanes';
import { ProgramCache } from '../../../src/engine/stream/programCache';

/** Counts what is made and released, in place of threads. */
function counted(): { readonly lanes: Lanes; made: string[]; released: string[] } {
  const made: string[] = [];
  const released: string[] = [];
  const lanes = {
    width: 2,
    program: ({ name }: GraphBuilder) => {
      made.push(name);
      return {
        run: () => Promise.resolve(),
        release: async () => {
          await new Promise((resolve) => setTimeout(resolve, 1));
          released.push(name);
        },
      };
    },
  } as unknown as Lanes;
  return { lanes, made, released };
}

const graph = (name: string) => (): GraphBuilder => new GraphBuilder(name);

describe('compiled programs', () => {
  it('are made once where two runs ask at a time, though another has to go first', async () => {
    const { lanes, made, released } = counted();
    const cache = new ProgramCache({ threads: 2, lanes }, 16);
    for (let index = 0; index < 16; index++) await cache.get(`old ${index}`, graph(`old ${index}`));
    const [first, second] = await Promise.all([
      cache.get('new', graph('new')),
      cache.get('new', graph('new')),
    ]);
    expect(first).toBe(second);
    expect(made.filter((name) => name === 'new')).toHaveLength(1);
    expect(released).toHaveLength(1);
    await cache.release();
    expect([...released].sort()).toEqual([...made].sort());
  });

  it('that cannot be made are asked for again', async () => {
    const { lanes } = counted();
    const cache = new ProgramCache({ threads: 2, lanes });
    const broken = (): GraphBuilder => {
      throw new Error('no graph');
    };
    await expect(cache.get('one', broken)).rejects.toThrow('no graph');
    await cache.get('one', graph('one'));
    await cache.release();
  });
});
