/** Methods as an experiment has them, with settings that are changed one by one. Pure. */
import type { ExperimentFields } from '../../core/run/experiment';
import { methodSchema } from '../../core/run/experimentSchema';
import { experimentSettings, type MethodDescription } from '../../core/run/experimentSettings';

export type MethodFields = ExperimentFields['methods'][number];

/** As it is if nothing is changed, its main settings written out. */
export function defaultMethod({ id, settings }: MethodDescription): MethodFields {
  const main = settings.filter(({ isMain, fallback }) => isMain && fallback !== null);
  const fields = { method: id, ...Object.fromEntries(main.map(({ name, fallback }) => [name, fallback])) };
  methodSchema.parse(fields);
  return fields;
}

/** @returns the method with the setting, or why the value is not allowed */
export function withSetting(
  fields: MethodFields,
  name: string,
  value: unknown,
): MethodFields | { readonly refused: string } {
  const changed = { ...fields, [name]: value };
  const parsed = methodSchema.safeParse(changed);
  return parsed.success ? changed : { refused: parsed.error.issues[0]?.message ?? '' };
}

/** 'topFraction 0.05, scope row' */
export function settingsText(fields: MethodFields): string {
  const shown = Object.entries(fields).filter(([key]) => key !== 'method');
  return shown
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');
}

/** @throws where the registry has no such method */
export function describedMethod(id: string): MethodDescription {
  const found = experimentSettings().methods.find((method) => method.id === id);
  if (!found) throw new RangeError(`no method ${id}`);
  return found;
}
