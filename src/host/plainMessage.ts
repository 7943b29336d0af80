/**
 * VS Code makes links of [text](target) in its messages, of commands too: what a file says must not become one.
 * The target has to follow the bracket at once.
 */
export const plainMessage = (text: string): string => text.replaceAll('](', '] (');
