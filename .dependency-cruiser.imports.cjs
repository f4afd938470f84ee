/** What a program loads when it imports the package: nothing of undici, zod or the local side. `npm run lint` checks it. */
"use strict";

module.exports = {
    forbidden: [
        {
            name: "light-import",
            comment: "The package loads the client, the handlers and their dependencies only when they are called.",
            severity: "error",
            from: { path: "^provider/index\\.ts$" },
            to: { path: "^(node_modules/(undici|zod)|provider/handlers|cli|emulator|engine)/", reachable: true },
        },
    ],
    options: {
        tsConfig: { fileName: "tsconfig.json" },
        // Neither types nor what `import()` loads later are loaded with the package.
        tsPreCompilationDeps: false,
        exclude: { dynamic: true },
        doNotFollow: { path: "^node_modules/" },
    },
};
