/** The message for a resource that exists but was not initialized completely. */

export function initErrorText(reasons: readonly string[]): string {
    const count = `${reasons.length} ${reasons.length === 1 ? "error" : "errors"} occurred:`;
    return [count, ...reasons.map((reason) => `\t* ${reason}`)].join("\n");
}
