/**
 * Preloaded into the program and the provider. Importing the SDK also loads TypeScript and npm's dependency solver, which take
 * longer than everything else. The SDK needs them only to serialize a program's functions into the state, so they are loaded on
 * first use.
 */

// eslint-disable-next-line no-restricted-syntax -- replaces a function of the module itself
import Module from "node:module";
import { join } from "node:path";

/** Maps the deferred modules, as the SDK requests them, to the SDK's module that loads them. */
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
    // Without the ES module marker, TypeScript's import helper would copy all exports and so load the module.
    return new Proxy(
        { __esModule: true },
        {
            get: (target, key) =>
                (Reflect.get(target, key) as unknown) ?? (Reflect.get((loaded ??= loadNow()), key) as unknown),
        },
    );
}
