import type { QueryHandler } from './queryHandler';

export const setupModels: QueryHandler<'setupModels'> = async (_, { setup, signal }) => ({
  models: setup ? await setup.models(signal) : [],
});
