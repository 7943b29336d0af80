/** The models that an experiment of this workspace could name, for choosing one. No engine, and no weights are read. */
import path from 'node:path';
import { cancelledError, ToolError } from '../../protocol/errors';
import { foldersWith, hubModelNames } from '../../store/knownModels';
import { readModelFacts, type ModelFacts } from '../../store/models/modelFacts';
import { locateModel } from '../../store/models/modelReference';
import { modelFolders } from '../experimentFile/pathSuggestions';
import type { ListFiles } from './workspaceFiles';

export type ModelOrigin = 'workspace' | 'embedded' | 'hub';

export interface FoundModel extends ModelFacts {
  readonly origin: ModelOrigin;
  /** What an experiment's `model` says: an absolute path, `embedded:NAME` or `hub:org/name`. */
  readonly reference: string;
  /** For people: the embedded name, org/name, or the folder's absolute path. */
  readonly name: string;
}

export interface ModelSearch {
  /** Folder of the models that come with the extension, absolute. */
  readonly embeddedRoot: string;
  readonly listFiles: ListFiles;
  readonly signal?: AbortSignal;
}

/** Weights are not asked for: a folder of thousands would take up the places of other files. */
const CONFIGS = '**/{config.json,adapter_config.json}';
/** Of the workspace, and of the cache, each. */
const MOST = 500;
const AT_ONCE = 16;

/**
 * Folders of the workspace whose config.json names a `model_type`, then the embedded models, then those of the local
 * Hugging Face cache; sorted by name within each. Models that a run would refuse are among them, with the `problem`.
 * @throws ToolError cancelled; nothing else
 */
export async function findModels({ embeddedRoot, listFiles, signal }: ModelSearch): Promise<FoundModel[]> {
  const [files, embedded, hub] = await Promise.all([
    listFiles(CONFIGS, signal),
    foldersWith(embeddedRoot, 'config.json'),
    hubModelNames(),
  ]);
  const candidates: Pick<FoundModel, 'origin' | 'reference' | 'name'>[] = [
    ...modelFolders(files)
      .slice(0, MOST)
      .map((folder) => candidate('workspace', folder, folder)),
    ...embedded.map((name) => candidate('embedded', `embedded:${name}`, name)),
    ...hub.slice(0, MOST).map((name) => candidate('hub', `hub:${name}`, name)),
  ];
  const found: FoundModel[] = [];
  for (let start = 0; start < candidates.length; start += AT_ONCE) {
    if (signal?.aborted) throw cancelledError();
    const part = candidates.slice(start, start + AT_ONCE);
    const facts = await Promise.all(part.map(({ reference }) => modelFacts(reference, embeddedRoot)));
    part.forEach((one, i) => {
      const own = facts[i];
      // Any program may have a config.json: that of a model says what kind it is of.
      if (own && (own.family !== null || one.origin !== 'workspace')) found.push({ ...one, ...own });
    });
  }
  return found;
}

/** References of PEFT adapters: folders of the workspace, then the embedded ones. @throws ToolError cancelled */
export async function findAdapters({ embeddedRoot, listFiles, signal }: ModelSearch): Promise<string[]> {
  const [files, embedded] = await Promise.all([
    listFiles('**/adapter_config.json', signal),
    foldersWith(embeddedRoot, 'adapter_config.json'),
  ]);
  if (signal?.aborted) throw cancelledError();
  const folders = [...new Set(files.map((file) => path.dirname(file)))].sort();
  return [...folders, ...embedded.map((name) => `embedded:${name}`)];
}

/**
 * One model that the user named.
 * @param reference an absolute path, `embedded:NAME` or `hub:org/name[@revision]`
 */
export async function findModel(reference: string, embeddedRoot: string): Promise<FoundModel> {
  const [, scheme, name] = /^(embedded|hub):(.*)$/s.exec(reference) ?? [];
  const origin = scheme === 'embedded' || scheme === 'hub' ? scheme : 'workspace';
  return {
    ...candidate(origin, reference, name ?? reference),
    ...(await modelFacts(reference, embeddedRoot)),
  };
}

const candidate = (
  origin: ModelOrigin,
  reference: string,
  name: string,
): Pick<FoundModel, 'origin' | 'reference' | 'name'> => ({ origin, reference, name });

async function modelFacts(reference: string, embeddedRoot: string): Promise<ModelFacts> {
  try {
    return await readModelFacts(await locateModel(reference, path.parse(embeddedRoot).root, embeddedRoot));
  } catch (thrown) {
    return { family: null, parameters: null, weightBytes: null, problem: ToolError.from(thrown) };
  }
}
