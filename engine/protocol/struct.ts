/** Converts property maps to and from protobuf's `Struct`. */

import type { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";

import { isMap, makeSecret, withoutSecrets } from "../model/values";
import { OUTPUT_VALUE, type PropertyMap, type PropertyValue, SIGNATURE, UNKNOWN } from "../model/types";
import type { Sdk } from "./sdk";

export const toStruct = (sdk: Sdk, map: PropertyMap): Struct => sdk.struct.Struct.fromJavaScript(map);

/** The keys of the result are sorted. */
export const fromStruct = (struct: Struct | undefined): PropertyMap =>
    struct === undefined ? {} : unwrapOutputs(struct.toJavaScript());

export const fromValue = (value: Value | undefined): PropertyValue | undefined => value?.toJavaScript();

/** Replaces output values with their plain values; the request lists their dependencies separately. */
function unwrapOutputs(map: PropertyMap): PropertyMap {
    const unwrap = (value: PropertyValue): PropertyValue => {
        if (Array.isArray(value)) return value.map(unwrap);
        if (!isMap(value)) return value;
        if (value[SIGNATURE] === OUTPUT_VALUE) {
            const inner = "value" in value ? unwrap(value.value ?? null) : UNKNOWN;
            return value.secret === true ? makeSecret(inner) : inner;
        }
        if (SIGNATURE in value) {
            return "value" in value ? makeSecret(unwrap(withoutSecrets(value.value ?? null))) : value;
        }
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrap(item)]));
    };
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, unwrap(value)]));
}
