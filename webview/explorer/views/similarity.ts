import { t } from '../l10n';
import { figuresView } from './figuresView';

export const similarity = figuresView({
  id: 'similarity',
  title: t('Similarity'),
  query: 'similarityFigures',
  isFor: (run) => run.hasSimilarity,
  switches: [],
});
