/**
 * Preloaded into the program. Its runner prints a failure by `util.inspect(error, { colors: true })`, which in some versions of node
 * never comes back where the stack passes through a file directly in `node_modules/@pulumi` (as the SDK's source maps say it does): the
 * program hangs for a minute over every uncaught error, and takes gigabytes. Without colours it prints the same at once.
 */

import util from "node:util";

const { inspect } = util;

function inspectPlainly(value: unknown, ...settings: unknown[]): string {
    const [options] = settings;
    if (typeof options !== "object" || options === null)
        return Reflect.apply(inspect, util, [value, ...settings]) as string;
    return inspect(value, { ...options, colors: false });
}
Object.defineProperties(inspectPlainly, Object.getOwnPropertyDescriptors(inspect));
Object.assign(util, { inspect: inspectPlainly });
