/** What is known of ONNX Runtime's execution providers beforehand; whether one works here is tried (run/providers/). */
import type { ProviderName } from '../../protocol/engine';
import type { Target } from '../graph/toOnnx';

export type Provider = Exclude<ProviderName, 'auto'>;

export interface ProviderTraits {
  readonly id: Provider;
  readonly target: Target;
  /** Systems whose ONNX Runtime has it at all. */
  readonly platforms: readonly NodeJS.Platform[];
  /** `auto` may take it where it is right and faster. The others were never run by us: only who names them gets them. */
  readonly isAutomatic: boolean;
  /** Sessions in several threads at a time. WebGPU's share one device, and the process is gone with a SIGSEGV. */
  readonly hasLanes: boolean;
  /** What to look at where it does not work. */
  readonly mend: string;
}

const traits = (
  id: Provider,
  platforms: readonly NodeJS.Platform[],
  isAutomatic: boolean,
  mend: string,
): ProviderTraits => ({ id, target: 'portable', platforms, isAutomatic, hasLanes: false, mend });

export const PROVIDERS: readonly ProviderTraits[] = [
  {
    id: 'cpu',
    target: 'cpu',
    platforms: ['linux', 'darwin', 'win32'],
    isAutomatic: true,
    hasLanes: true,
    mend: 'Install the extension for this platform again.',
  },
  traits(
    'webgpu',
    ['linux', 'darwin', 'win32'],
    true,
    'Install the driver of the GPU; on Linux it needs Vulkan (libvulkan.so.1 and the driver of the GPU).',
  ),
  traits('cuda', ['linux'], true, 'See what it lacks: safety-region doctor --install cuda.'),
  traits('dml', ['win32'], false, 'Use Windows 10 or newer with a DirectX 12 GPU.'),
  traits('coreml', ['darwin'], false, 'Use macOS 13 or newer.'),
];

export function providerTraits(id: Provider): ProviderTraits {
  const found = PROVIDERS.find((provider) => provider.id === id);
  if (!found) throw new Error(`There is no provider '${id}'.`);
  return found;
}
