import { formatCount } from './format';
import { t } from './l10n';

/** '2,432 weights', of the units that methods have. */
export function unitsText(unit: string, count: number): string {
  const text = formatCount(count);
  switch (unit) {
    case 'weight':
      return t('{0} weights', text);
    case 'adapter weight':
      return t('{0} adapter weights', text);
    case 'neuron':
      return t('{0} neurons', text);
    case 'layer':
      return t('{0} layers', text);
    default:
      return t('{0} units', text);
  }
}
