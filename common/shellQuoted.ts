/** Quotes a word for a shell if it needs that, such as a URN, whose `$` a shell would expand. */
export const shellQuoted = (text: string): string =>
    /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
