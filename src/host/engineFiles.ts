/** Whether what the engine is started from is there: said before a run is tried, where the view has room for it. */
import { access } from 'node:fs/promises';
import path from 'node:path';

const RUNTIMES = ['node_modules', 'onnxruntime-node', 'bin', 'napi-v6'];

/**
 * @param extensionDir absolute path of the extension
 * @param nodePath of the settings; undefined: VS Code's own
 * @returns the first file that is missing, or null
 */
export async function missingEngineFile(
  extensionDir: string,
  nodePath: string | undefined,
): Promise<string | null> {
  const runtime = path.join(extensionDir, ...RUNTIMES, process.platform, process.arch);
  const files = [
    path.join(extensionDir, 'dist', 'engine.js'),
    // Absent where the package of another platform was installed.
    path.join(runtime, 'onnxruntime_binding.node'),
    // A bare name is looked for on PATH, when the engine is started.
    ...(nodePath !== undefined && path.isAbsolute(nodePath) ? [nodePath] : []),
  ];
  for (const file of files) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (!isThere) return file;
  }
  return null;
}
