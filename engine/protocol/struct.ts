/** Property maps to and from protobuf's `Struct`. */

import type { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";

import { isMap, makeSecret, withoutSecrets } from "../model/values";
import { OUTPUT_VALUE, type PropertyMap, type PropertyValue, SIGNATURE, UNKNOWN } from "../model/types";
import type { Sdk } from "./sdk";

export const toStruct = (sdk: Sdk, map: PropertyMap): Struct => sdk.struct.Struct.fromJavaScript(map);

/** Keys come sorted. */
export const fromStruct = (struct: Struct | undefined): PropertyMap =>
    struct === undefined ? {} : lowerOutputs(struct.toJavaScript());

export const fromValue = (value: Value | undefined): PropertyValue | undefined => value?.toJavaScript();

/** Outputs that say what they depend on become what they hold; what they depend on is said in the request as well. */
function lowerOutputs(map: PropertyMap): PropertyMap {
    const lower = (value: PropertyValue): PropertyValue => {
        if (Array.isArray(value)) return value.map(lower);
        if (!isMap(value)) return value;
        if (value[SIGNATURE] === OUTPUT_VALUE) {
            const inner = "value" in value ? lower(value.value ?? null) : UNKNOWN;
            return value.secret === true ? makeSecret(inner) : inner;
        }
        if (SIGNATURE in value)
            return "value" in value ? makeSecret(lower(withoutSecrets(value.value ?? null))) : value;
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, lower(item)]));
    };
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, lower(value)]));
}
