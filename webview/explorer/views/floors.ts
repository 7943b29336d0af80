import { t } from '../l10n';
import { figuresView } from './figuresView';

export const floors = figuresView({
  id: 'floors',
  title: t('Floors and ceilings'),
  query: 'floorFigures',
  isFor: (run) => run.methods.some(({ regions }) => regions.length > 1),
  switches: [],
});
