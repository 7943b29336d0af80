import type { QueryHandler } from './queryHandler';

export const densityGrid: QueryHandler<'densityGrid'> = async (choice, { runs, signal }) => {
  const { unit, grid, matrices } = await runs.masks.density(choice, signal);
  return { unit, grid, matrices };
};
