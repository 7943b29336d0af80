/** Where regions lie in the model: by layer, module and head, down to the rows and columns of one matrix. */
import { answerSlot } from '../answerSlot';
import { element } from '../dom';
import { still, type Drawn } from '../drawn';
import { t } from '../l10n';
import { dropdown, type Choice } from '../ui';
import { maskLevels } from './masks/maskLevels';
import './masks/masks.css';
import { maskMemory, type MaskMemory } from './masks/maskMemory';
import { maskChoice, maskRegions, type MaskRegions } from './masks/maskRegions';
import { everyMethod, type View, type ViewContext } from './view';
import type { ExplorerMethod } from '../../../src/protocol/explorer/overview';

export const masks: View = {
  id: 'masks',
  title: t('Masks'),
  isFor: (run) => run.methods.length > 0,
  methodsOf: everyMethod,
  switches: ['isoUtility'],
  render: (context) => (context.method ? masksOf(context, context.method) : still(element('div'))),
};

/**
 * Choices of a dropdown are ids; no dataset is called so, since ids are letters, digits, '.', '_', '-' and '/'. Not '': the
 * toolkit takes the choice that equals its value, which is that at first, before the one that is selected.
 */
const ALL = '*';
const NONE = '!';

function masksOf(context: ViewContext, method: ExplorerMethod): Drawn {
  const regions = maskRegions(context.run, method);
  let memory = recalled(context, regions);
  const change = (changed: Partial<MaskMemory>): void => {
    memory = { ...memory, ...changed };
    context.remember(memory);
  };
  const choice = () => maskChoice(method.id, regions, memory, context.switches.isoUtility);
  const slot = answerSlot(context, 'densityGrid', (density) =>
    maskLevels(context, {
      ...{ method, choice: choice(), density, place: memory.place },
      onPlace: (place) => change({ place }),
    }),
  );
  const choose = (changed: Partial<MaskMemory>): void => {
    change(changed);
    slot.ask(choice());
  };
  slot.ask(choice());
  const named = (ids: readonly string[]): Choice[] => ids.map((id) => ({ id, title: id }));
  const all = { id: ALL, title: t('What all regions hold') };
  const none = { id: NONE, title: t('Nothing') };
  return {
    ...slot,
    root: element(
      'div',
      {},
      element(
        'div',
        { class: 'toolbar', role: 'group', 'aria-label': t('Region') },
        dropdown(
          t('Region'),
          [...named(regions.ids), ...(regions.ids.length > 1 ? [all] : []), ...named(regions.utility)],
          memory.region ?? ALL,
          (id) => choose({ region: id === ALL ? null : id }),
        ),
        dropdown(t('Without'), [none, ...named(regions.ids)], memory.without ?? NONE, (id) =>
          choose({ without: id === NONE ? null : id }),
        ),
      ),
      slot.root,
    ),
  };
}

/** What was looked at last, as far as this method has it. */
function recalled(context: ViewContext, { ids, utility }: MaskRegions): MaskMemory {
  const kept = context.recall(maskMemory);
  const isKnown = (id: string): boolean => ids.includes(id) || utility.includes(id);
  const first = ids[0] ?? null;
  const { region, without, place } = kept ?? {
    region: first,
    without: null,
    place: { level: 'all' as const },
  };
  return {
    region: region === null || isKnown(region) ? region : first,
    without: without !== null && isKnown(without) ? without : null,
    place,
  };
}
