/** Errors say what was attempted, on what, and then what AGB said. */

export function explained(attempted: string, error: unknown, advice = ""): Error {
    const said = error instanceof Error ? error.message : String(error);
    return new Error([`${attempted}: ${said}`, advice].filter(Boolean).join(" "), { cause: error });
}

export async function attempting<T>(attempted: string, call: () => Promise<T>): Promise<T> {
    try {
        return await call();
    } catch (error) {
        throw explained(attempted, error);
    }
}
