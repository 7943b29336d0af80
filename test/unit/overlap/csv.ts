import { parse } from 'csv-parse/sync';

/** By an independent reader. */
export const parseCsv = (text: string): string[][] => parse(text);

export const numberTextOf = (value: number | null): string => (value === null ? '' : String(value));
