/** Which resources `--target`, `--exclude` and their kin single out. */

/** A set of URNs, some of them patterns: `*` stands for anything but `:`, `**` for anything. Empty: no constraint. */
export class UrnSet {
    readonly #literals = new Set<string>();
    readonly #patterns: RegExp[] = [];

    constructor(urns: readonly string[] = []) {
        for (const urn of urns) {
            if (!urn.includes("*")) this.#literals.add(urn);
            else
                this.#patterns.push(
                    new RegExp(
                        `^${urn
                            .split(/(\*\*?)/)
                            .map(toPattern)
                            .join("")}$`,
                    ),
                );
        }
    }

    get isConstrained(): boolean {
        return this.#literals.size > 0 || this.#patterns.length > 0;
    }
    has(urn: string): boolean {
        return this.#literals.has(urn) || this.#patterns.some((pattern) => pattern.test(urn));
    }
    add(urn: string): void {
        this.#literals.add(urn);
    }
    /** Those that are no patterns. */
    named(): string[] {
        return [...this.#literals];
    }
    copy(): UrnSet {
        const copy = new UrnSet([...this.#literals]);
        copy.#patterns.push(...this.#patterns);
        return copy;
    }
}

function toPattern(part: string): string {
    if (part === "**") return ".*";
    if (part === "*") return "[^:]*";
    return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
