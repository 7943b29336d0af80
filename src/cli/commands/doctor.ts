import type { DoctorReport } from '../../protocol/engine';
import { bytesText, columns } from '../columns';
import type { Command } from '../io';
import { parseCommandLine } from '../parseCommandLine';
import { withEngine } from '../withEngine';

export const doctor: Command = {
  name: 'doctor',
  help: `safety-region doctor [--json]
Providers and what was found wrong with each, memory, versions, known architectures.`,

  async run(args, io) {
    const { values } = parseCommandLine('doctor', { args, options: { json: { type: 'boolean' } } });
    const report = await withEngine(io, ({ client }, signal) => client.call('doctor', null, { signal }));
    io.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${describe(report)}\n`);
  },
};

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
