/** Names of runs' folders (CONTRACT section 4): `<yyyymmdd-hhmmss>-<name>-<6 hex>`, in local time. */

/** @param hex six digits, for runs of one second */
export function runDirectoryName(experimentName: string, created: Date, hex: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${created.getFullYear()}${two(created.getMonth() + 1)}${two(created.getDate())}`;
  const time = `${two(created.getHours())}${two(created.getMinutes())}${two(created.getSeconds())}`;
  return `${day}-${time}-${slug(experimentName)}-${hex}`;
}

/** Letters, digits, '.', '_' and '-'; accents are dropped, the rest becomes '-'. */
function slug(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '');
  return (
    plain
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[-.]+/, '')
      .slice(0, 60)
      .replace(/[-.]+$/, '') || 'run'
  );
}

export interface RunName {
  /** `yyyymmdd-hhmmss`; '' where the folder was renamed. */
  readonly stamp: string;
  /** The experiment's name as it is in the folder's name; the whole name of a renamed folder. */
  readonly slug: string;
}

const NAME = /^(\d{8}-\d{6})-(.+)-[0-9a-f]{6}$/;

export function readRunName(folder: string): RunName {
  const [, stamp = '', found = folder] = NAME.exec(folder) ?? [];
  return { stamp, slug: found };
}

/** `yyyy-mm-dd hh:mm:ss`, of a stamp that is not ''. */
export const stampText = (stamp: string): string =>
  stamp.replace(/^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3 $4:$5:$6');
