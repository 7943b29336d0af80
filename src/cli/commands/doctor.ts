import path from 'node:path';

import type { DoctorReport } from '../../protocol/engine';
import { usageError } from '../../protocol/errors';
import { bytesText, columns } from '../columns';
import { installCuda } from '../cuda/installCuda';
import type { CliIo, Command } from '../io';
import { parseCommandLine } from '../parseCommandLine';
import { withEngine } from '../withEngine';

export const doctor: Command = {
  name: 'doctor',
  help: `safety-region doctor [--json]
safety-region doctor --install cuda [--from FOLDER]
Providers and what was found wrong with each, memory, versions, known architectures.

  --install cuda     say which files CUDA needs beside ONNX Runtime, of which version, and what those need of the
                     system; nothing is downloaded
  --from FOLDER      copy the files from there: a Python environment with onnxruntime-gpu, an unpacked package, or the
                     folder that has them`,

  async run(args, io) {
    const { values } = parseCommandLine('doctor', {
      args,
      options: { json: { type: 'boolean' }, install: { type: 'string' }, from: { type: 'string' } },
    });
    if (values.install !== undefined || values.from !== undefined) {
      await install(values.install, values.from, io);
      return;
    }
    const report = await askDoctor(io);
    io.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${describe(report)}\n`);
  },
};

const askDoctor = (io: CliIo): Promise<DoctorReport> =>
  withEngine(io, ({ client }, signal) => client.call('doctor', null, { signal }));

async function install(what: string | undefined, from: string | undefined, io: CliIo): Promise<void> {
  if (what !== 'cuda') {
    const message = what === undefined ? '--from belongs to --install.' : `--install: '${what}' is unknown.`;
    throw usageError('usage', message, 'Use: safety-region doctor --install cuda [--from FOLDER]');
  }
  await installCuda({
    enginePath: io.enginePath,
    from: from === undefined ? null : path.resolve(io.cwd, from),
    print: (text) => void io.stdout.write(`${text}\n\n`),
    tryCuda: async () => {
      const { providers } = await askDoctor(io);
      return providers.find(({ name }) => name === 'cuda') ?? { usable: false, detail: 'it was not tried' };
    },
  });
}

function describe(report: DoctorReport): string {
  const verdicts = report.providers.map(({ name, usable, detail }) => [name, usable ? 'yes' : 'no', detail]);
  const memory = `${bytesText(report.availableMemoryBytes)} of ${bytesText(report.totalMemoryBytes)} available`;
  return [
    columns(['provider', 'usable', 'found'], verdicts),
    [`Cores: ${report.cores}`, `Memory: ${memory}`].join('\n'),
    columns(['program', 'version'], Object.entries(report.versions)),
    `Architectures: ${report.architectures.join(', ')}`,
  ].join('\n\n');
}
