import { parseExplorerState, type ExplorerState, type ToHost } from '../../src/protocol/explorer/messages';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** May be asked for once a page, so it is kept here. */
const api = acquireVsCodeApi();

export const sendToHost = (message: ToHost): void => api.postMessage(message);

export const readState = (): ExplorerState =>
  parseExplorerState(api.getState()) ?? { runDir: '', isoUtility: false, logScale: false };

export const writeState = (state: ExplorerState): void => api.setState(state);
