/** A whole run, or an experiment without one: its name, the switches that views share, and a tab a view. */
import * as z from 'zod/mini';
import type { ExplorerState, ToHost } from '../../src/protocol/explorer/messages';
import type { ExplorerMethod, ExplorerRun } from '../../src/protocol/explorer/overview';
import type { Asker } from './asker';
import { element } from './dom';
import { t } from './l10n';
import type { SetupFeed } from './setup/setupFeed';
import { SETUP_TITLE, setupTab } from './setup/setupTab';
import { runLegend } from './runLegend';
import { checkbox, dropdown, setEnabled, tabs } from './ui';
import { FIRST_VIEW, VIEWS } from './views/registry';
import type { Drawn } from './drawn';
import type { Switches, View, ViewContext } from './views/view';

export type PageState = Omit<ExplorerState, 'runDir' | 'comparedWith' | 'experimentFile'>;

export interface PageParts {
  /** Null for an experiment that has not been run. */
  readonly run: ExplorerRun | null;
  /** Null where there is no one experiment. */
  readonly setup: SetupFeed | null;
  readonly state: PageState;
  readonly onState: (state: PageState) => void;
  readonly asker: Asker;
  readonly send: (message: ToHost) => void;
}

/** A view, of the run that it shows; or the setup, which needs none. */
interface Tab extends Pick<View, 'id' | 'title' | 'switches'> {
  readonly methods: readonly ExplorerMethod[];
  render(method: ExplorerMethod | null, signal: AbortSignal): Drawn;
}

export function page({ run, setup, state: kept, onState, asker, send }: PageParts): Drawn {
  let state = kept;
  let shown: (Drawn & { readonly end: () => void }) | null = null;
  const controls = element('div', { class: 'toolbar', role: 'group', 'aria-label': t('View') });

  const change = (changed: Partial<PageState>): void => {
    state = { ...state, ...changed };
    onState(state);
  };
  const ofSetup = (feed: SetupFeed): Tab => ({
    ...{ id: 'setup', title: SETUP_TITLE, methods: [], switches: [] },
    render: (_, signal) => setupTab({ feed, ask: inSlots(asker, signal), signal, send }),
  });
  const ofView = (view: View, of: ExplorerRun): Tab => ({
    ...view,
    methods: view.methodsOf(of),
    render: (method, signal) => view.render(viewContext(view, of, method, signal)),
  });
  const viewContext = (
    view: View,
    of: ExplorerRun,
    method: ExplorerMethod | null,
    signal: AbortSignal,
  ): ViewContext => ({
    run: of,
    method,
    switches: { isoUtility: state.isoUtility && method?.hasUtility === true, logScale: state.logScale },
    ask: inSlots(asker, signal),
    recall: (schema) => {
      const memory = z.safeParse(schema, state.memories?.[view.id]);
      return memory.success ? memory.data : null;
    },
    remember: (memory) => change({ memories: { ...state.memories, [view.id]: memory } }),
    signal,
    send,
  });
  const views: readonly Tab[] = [
    ...(setup ? [ofSetup(setup)] : []),
    ...(run ? VIEWS.filter((view) => view.isFor(run)).map((view) => ofView(view, run)) : []),
  ];
  const chosenOf = (id: string | undefined): Tab | undefined =>
    views.find((view) => view.id === id) ?? views.find((view) => view.id === FIRST_VIEW) ?? views[0];
  const show = (): void => {
    const view = chosenOf(state.view);
    if (!view) return;
    shown?.end();
    const method = view.methods.find(({ id }) => id === state.method) ?? view.methods[0] ?? null;
    const left = new AbortController();
    const drawn = view.render(method, left.signal);
    const end = (): void => {
      left.abort();
      drawn.dispose();
      drawn.root.remove();
    };
    shown = { ...drawn, end };
    bar.panels.get(view.id)?.replaceChildren(drawn.root);
  };
  /** Kept as they are while a switch is turned: the focus is on one of them. */
  const showControls = (): void => {
    const view = chosenOf(state.view);
    const methods = view?.methods ?? [];
    const method = methods.find(({ id }) => id === state.method) ?? methods[0];
    controls.replaceChildren(
      ...(method && methods.length > 1
        ? [
            dropdown(t('Method'), methods, method.id, (id) => {
              change({ method: id });
              setEnabled(boxes.isoUtility, methods.find((of) => of.id === id)?.hasUtility === true);
              show();
            }),
          ]
        : []),
      ...(view?.switches ?? []).map((name) => boxes[name]),
    );
    setEnabled(boxes.isoUtility, method?.hasUtility === true);
    controls.hidden = controls.childElementCount === 0;
  };
  const box = (name: keyof Switches, label: string): HTMLElement =>
    checkbox(label, state[name], (checked) => {
      change({ [name]: checked });
      show();
    });
  const boxes = {
    isoUtility: box('isoUtility', t('Subtract the utility region (iso-utility)')),
    logScale: box('logScale', t('Logarithmic curves')),
  };
  const bar = tabs(t('Views'), views, chosenOf(state.view)?.id ?? '', (id) => {
    change({ view: id });
    showControls();
    show();
  });
  showControls();
  show();
  return {
    root: element(
      'main',
      {},
      element('h1', {}, run?.name ?? setup?.shown.label ?? ''),
      ...runLegend(run?.labels ?? []),
      controls,
      bar.root,
    ),
    repaint: () => shown?.repaint(),
    dispose: () => shown?.end(),
  };
}

/** A newer question in the same slot gives the older one up. */
function inSlots(asker: Asker, signal: AbortSignal): ViewContext['ask'] {
  const slots = new Map<string, AbortController>();
  return (name, params, slot = name) => {
    slots.get(slot)?.abort();
    const newer = new AbortController();
    slots.set(slot, newer);
    return asker.ask(name, params, AbortSignal.any([signal, newer.signal]));
  };
}
