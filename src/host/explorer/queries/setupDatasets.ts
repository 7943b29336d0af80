import type { QueryHandler } from './queryHandler';

export const setupDatasets: QueryHandler<'setupDatasets'> = async (_, { setup, signal }) => ({
  files: setup ? await setup.files(signal) : [],
});
