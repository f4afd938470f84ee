/** A set of URNs and URN patterns, as `--target` and similar options name them. */

/** In a pattern, `*` matches anything except `:`, and `**` matches anything. An empty set imposes no constraint. */
export class UrnSet {
    readonly #literals: Set<string>;
    readonly #patterns: readonly RegExp[];

    constructor(urns: readonly string[] = []) {
        this.#literals = new Set(urns.filter((urn) => !isPattern(urn)));
        this.#patterns = urns.filter(isPattern).map(toRegExp);
    }

    get isConstrained(): boolean {
        return this.#literals.size > 0 || this.#patterns.length > 0;
    }
    /** The members that are not patterns. */
    get literals(): string[] {
        return [...this.#literals];
    }
    has(urn: string): boolean {
        return this.#literals.has(urn) || this.#patterns.some((pattern) => pattern.test(urn));
    }
    add(urn: string): void {
        this.#literals.add(urn);
    }
}

const isPattern = (urn: string): boolean => urn.includes("*");

function toRegExp(pattern: string): RegExp {
    const parts = pattern.split(/(\*\*?)/).map((part) => {
        if (part === "**") return ".*";
        if (part === "*") return "[^:]*";
        return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    });
    return new RegExp(`^${parts.join("")}$`);
}
