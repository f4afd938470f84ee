/** A model of how often commands may have run, whatever happens to the deployments. */

/** What a session's command is, until the program declares another one. */
interface DeclaredCommand {
    version: number;
    /** The line that it appends when it ends. No other declaration has it. */
    line: string;
    /** How often the local AGB was killed before. */
    restartsBefore: number;
}

export class CommandRuns {
    #declared = new Map<string, DeclaredCommand>();
    readonly #all: DeclaredCommand[] = [];
    #restarts = 0;

    /** Returns the lines of the declared commands. A declaration that stays the same keeps its line. */
    declare(versions: Record<string, number>): Record<string, string> {
        const next = new Map<string, DeclaredCommand>();
        for (const [session, version] of Object.entries(versions)) {
            const known = this.#declared.get(session);
            if (known?.version === version) {
                next.set(session, known);
                continue;
            }
            const command = { version, line: `run-${this.#all.length}`, restartsBefore: this.#restarts };
            this.#all.push(command);
            next.set(session, command);
        }
        this.#declared = next;
        return Object.fromEntries([...next].map(([session, { line }]) => [session, line]));
    }

    /** The local AGB ends with all commands. One that had just ended may count as killed, and is repeated. */
    recordRestart(): void {
        this.#restarts++;
    }

    /** Commands that have run more often than they may, given the lines of each session. */
    repeated(lines: ReadonlyMap<string, string[]>): string[] {
        return this.#all.flatMap(({ line, restartsBefore }) =>
            [...lines].flatMap(([session, found]) => {
                const count = found.filter((other) => other === line).length;
                const allowed = 1 + this.#restarts - restartsBefore;
                return count <= allowed ? [] : [`${line} in ${session} ran ${count} times, at most ${allowed} allowed`];
            }),
        );
    }

    /** Declared commands that have not run. */
    missing(lines: ReadonlyMap<string, string[]>): string[] {
        return [...this.#declared].flatMap(([session, { line }]) =>
            (lines.get(session) ?? []).includes(line) ? [] : [`${line} in ${session} did not run`],
        );
    }
}
