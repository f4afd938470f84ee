/** The provider resource that the engine registers if the program does not declare one. */

import type { DeploymentSettings } from "../model/request";
import type { PropertyMap } from "../model/types";
import { providerType } from "../model/urn";
import { makeSecret } from "../model/values";
import { NO_OPTIONS, type ResourceGoal } from "../plan/goal";
import { BUILT_IN_PACKAGE } from "./providers";

export function defaultProviderGoal(packageName: string, settings: DeploymentSettings): ResourceGoal {
    return {
        type: providerType(packageName),
        name: "default",
        custom: true,
        properties: packageName === BUILT_IN_PACKAGE ? {} : configInputs(settings),
        ...NO_OPTIONS,
    };
}

/** The whole configuration of the stack as inputs. */
function configInputs({ config, secretKeys }: DeploymentSettings): PropertyMap {
    const entries = [...config].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
        entries.map(([key, value]) => [key, secretKeys.has(key) ? makeSecret(value) : value] as const),
    );
}
