/**
 * Preloaded into program and provider. Whoever imports the SDK loads TypeScript and npm's dependency solver with it, which take longer than all the rest. It
 * uses the one only to store a program's own functions in the state, the other to find the packages that they need. Here each is loaded when it is first used.
 */

import Module from "node:module";
import { join } from "node:path";

/** What is loaded, as the SDK names it, and the module of the SDK that loads it. */
const DEFERRED = new Map([
    ["../../typescript-shim", join("@pulumi", "pulumi", "runtime", "closure", "parseFunction.js")],
    ["@npmcli/arborist", join("@pulumi", "pulumi", "runtime", "closure", "codePaths.js")],
]);

const loader = Module as unknown as {
    _load: (request: string, parent?: { filename: string | null }, ...rest: unknown[]) => object;
};
const load = loader._load;

loader._load = (request, parent, ...rest) => {
    const loadedBy = DEFERRED.get(request);
    const loadNow = (): object => load(request, parent, ...rest);
    return loadedBy !== undefined && parent?.filename?.endsWith(loadedBy) ? deferred(loadNow) : loadNow();
};

function deferred(loadNow: () => object): object {
    let loaded: object | undefined;
    // As an ES module is marked, or the one that imports it would copy all that it holds, and so load it.
    return new Proxy(
        { __esModule: true },
        {
            get: (marked, key) =>
                (Reflect.get(marked, key) as unknown) ?? (Reflect.get((loaded ??= loadNow()), key) as unknown),
        },
    );
}
