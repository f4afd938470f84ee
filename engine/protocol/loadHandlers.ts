/** Preloaded into the provider process: loads this package's handlers while the program is still loading, before the first call needs them. */

import { createRequire } from "node:module";
import { join } from "node:path";

// The provider's own server loads before the first turn of the event loop.
setImmediate(() => {
    try {
        createRequire(join(process.cwd(), "program"))("pulumi-agb/handlers");
    } catch {
        // The program may not use this package. If it does, the first call reports the error.
    }
});
