/**
 * Preloaded into the program. The SDK's runner prints errors with `util.inspect(error, { colors: true })`. In some versions of
 * node, that hangs for a minute and uses gigabytes of memory if the stack contains a file directly in `node_modules/@pulumi`, as
 * the SDK's source maps claim. Without colors it returns at once.
 */

// eslint-disable-next-line no-restricted-syntax -- replaces a function of the module itself
import util from "node:util";

const { inspect } = util;

function inspectWithoutColors(value: unknown, ...args: unknown[]): string {
    const [options] = args;
    if (typeof options !== "object" || options === null) {
        return Reflect.apply(inspect, util, [value, ...args]) as string;
    }
    return inspect(value, { ...options, colors: false });
}
Object.defineProperties(inspectWithoutColors, Object.getOwnPropertyDescriptors(inspect));
Object.assign(util, { inspect: inspectWithoutColors });
