/** Turns what is wrong with an experiment file into one error that names the line and the mend. */
import type * as z from 'zod';
import { usageError, type ToolError } from '../../protocol/errors';
import { METHODS, findMethod } from '../methods/registry';
import { nearest } from './editDistance';
import { experimentJsonSchema, methodSchema } from './experimentSchema';
import { namesMethod } from './experimentSettings';
import { valueAt, type JsonDocument, type JsonPath } from './jsonDocument';

const FRACTIONS = new Set(['topFraction', 'utilityTopFraction', 'keepFraction', 'promptShare', 'sparsity']);

/** The first unknown key, else the first issue: a misspelt key explains most others. */
export function explainIssue(issues: readonly z.core.$ZodIssue[], document: JsonDocument): ToolError {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (!issue)
    return usageError('experiment-invalid', `${document.name} is not an experiment.`, 'See the example.');
  const path = issue.path.filter((key): key is string | number => typeof key !== 'symbol');
  if (issue.code === 'unrecognized_keys') return unknownKey(issue.keys[0] ?? '', path, document);

  const field = path.at(-1);
  const where = `${document.name}, ${document.at(path)}`;
  const isFraction = typeof field === 'string' && FRACTIONS.has(field);
  const outOfRange = issue.code === 'too_small' || issue.code === 'too_big';
  if (outOfRange && isFraction) {
    const range = field === 'utilityTopFraction' || field === 'sparsity' ? '[0, 1]' : '(0, 1]';
    const message = `${where}: ${JSON.stringify(valueAt(document.value, path))} is not a fraction in ${range}.`;
    return usageError('experiment-fraction-range', message, 'Write 5 % as 0.05.');
  }
  if (field === 'id' && issue.code === 'invalid_format') {
    const message = `${where}: '${String(valueAt(document.value, path))}' cannot be a file name.`;
    return usageError(
      'experiment-invalid',
      message,
      'Use letters, digits, dot, _ and -, not beginning with a dot; Windows forbids names such as nul.',
    );
  }
  return usageError(
    'experiment-invalid',
    `${where}: ${issue.message}.`,
    isFraction ? 'Write 5 % as 0.05, without quotes.' : 'Correct this field.',
  );
}

function unknownKey(key: string, path: JsonPath, document: JsonDocument): ToolError {
  const known = knownKeys(path, document.value);
  const guess = nearest(key, known);
  const mend =
    guess === undefined ? 'Remove it.' : `Did you mean '${guess}'? Known here: ${known.join(', ')}.`;
  const message = `${document.name}, ${document.at([...path, key])}: unknown key '${key}'.`;
  return usageError('experiment-unknown-key', message, mend);
}

/**
 * Methods of the format that registry.ts does not have yet are refused by name before anything else is looked at.
 */
export function rejectUnavailableMethods(document: JsonDocument): void {
  const methods = valueAt(document.value, ['methods']);
  if (!Array.isArray(methods)) return;
  const inFormat = methodSchema.options.flatMap(({ shape: { method } }): unknown[] =>
    'options' in method ? method.options : [method.value],
  );
  const known = METHODS.map(({ id }) => id).join(', ');
  methods.forEach((_, i) => {
    const path = ['methods', i, 'method'];
    const id = valueAt(document.value, path);
    if (typeof id !== 'string' || findMethod(id)) return;
    const what = inFormat.includes(id) ? 'is not in this version yet' : 'is unknown';
    const message = `${document.name}, ${document.at(path)}: the method '${id}' ${what}; known: ${known}.`;
    throw usageError('method-unavailable', message, 'Remove the entry, or take one of the known methods.');
  });
}

/** Keys allowed at `path`, read from the JSON Schema; of alternatives, the one whose `method` the file names. */
function knownKeys(path: JsonPath, value: unknown): string[] {
  let schema: unknown = experimentJsonSchema();
  for (let depth = 0; depth < path.length; depth++) {
    const key = path[depth];
    schema =
      typeof key === 'number' ? valueAt(schema, ['items']) : valueAt(schema, ['properties', key ?? '']);
    const options = valueAt(schema, ['oneOf']) ?? valueAt(schema, ['anyOf']);
    if (Array.isArray(options)) {
      const method = valueAt(value, [...path.slice(0, depth + 1), 'method']);
      schema = options.find((option) => namesMethod(option, method)) ?? options[0];
    }
  }
  return Object.keys(Object(valueAt(schema, ['properties'])) as object).filter((key) => key !== '$schema');
}
