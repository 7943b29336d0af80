/** Strings of the page in the language of VS Code; the host put their translations into the page, as data. */
import { translator } from './translate';

export const t = translator(document.getElementById('app')?.dataset.strings);
