import type { QueryHandler } from './queryHandler';

export const headDensity: QueryHandler<'headDensity'> = async (choice, { runs, signal }) => {
  const { unit, heads } = await runs.masks.density(choice, signal);
  return { unit, heads };
};
