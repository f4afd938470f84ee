/**
 * Preloaded into the provider's process: once that serves, and while the program still loads, it loads the handlers that the first call will ask for. Where
 * the program does not use this package there are none.
 */

import { createRequire } from "node:module";
import { join } from "node:path";

// The runner itself is loaded before the first turn of the event loop.
setImmediate(() => {
    try {
        createRequire(join(process.cwd(), "program"))("pulumi-agb/handlers");
    } catch {
        // Who calls them learns why.
    }
});
