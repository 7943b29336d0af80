import path from 'node:path';

/** Whether `absolute` lies in `folder`, at whatever depth. Both are absolute; links are not followed. */
export function isInside(folder: string, absolute: string): boolean {
  const way = path.relative(folder, absolute);
  // A name may begin with two dots; on Windows another drive has an absolute way.
  return way !== '' && !/^\.\.(?:[\\/]|$)/.test(way) && !path.isAbsolute(way);
}
