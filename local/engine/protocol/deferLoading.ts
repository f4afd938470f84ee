/**
 * Preloaded into program and provider. Whoever imports the SDK loads TypeScript and npm's dependency solver with it, which take longer than all the rest. It
 * uses the one only to store a program's own functions in the state, the other to find the packages that they need. Here each is loaded when it is first used.
 */

import Module from "node:module";
import { join } from "node:path";

/** The modules of the SDK that load one, and how they name it. */
const DEFERRED = new Map([
    [join("@pulumi", "pulumi", "runtime", "closure", "parseFunction.js"), "../../typescript-shim"],
    [join("@pulumi", "pulumi", "runtime", "closure", "codePaths.js"), "@npmcli/arborist"],
]);

const loader = Module as unknown as { _load: (request: string, parent?: { filename: string | null }, ...rest: unknown[]) => object };
const load = loader._load;

loader._load = (request, parent, ...rest) => {
    const loadNow = (): object => load(request, parent, ...rest);
    return [...DEFERRED].some(([file, name]) => name === request && parent?.filename?.endsWith(file)) ? deferred(loadNow) : loadNow();
};

function deferred(loadNow: () => object): object {
    let loaded: object | undefined;
    // As an ES module is marked, or the one that imports it would copy all that it holds, and so load it.
    return new Proxy({ __esModule: true }, { get: (marked, key) => Reflect.get(marked, key) as unknown ?? Reflect.get(loaded ??= loadNow(), key) as unknown });
}
