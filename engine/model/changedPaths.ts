/** Where two sets of inputs differ. */

import type { PropertyPath } from "./propertyPath";
import type { PropertyMap, PropertyValue } from "./types";
import { assetsByHash, isPlainMap, sameValue, withoutSecrets } from "./values";

/** The paths of the innermost differences, regardless of secrecy. Null equals a missing value, and assets are compared by their hashes. */
export function changedPaths(old: PropertyMap, news: PropertyMap): PropertyPath[] {
    const plain = (map: PropertyMap): PropertyValue => assetsByHash(withoutSecrets(map));
    return differences([], plain(old), plain(news));
}

function differences(path: PropertyPath, old: PropertyValue, current: PropertyValue): PropertyPath[] {
    if (Array.isArray(old) && Array.isArray(current)) {
        const positions = [...Array(Math.max(old.length, current.length)).keys()];
        return positions.flatMap((index) => {
            const [before, now] = [old[index], current[index]];
            const isShared = before !== undefined && now !== undefined;
            return isShared ? differences([...path, index], before, now) : [[...path, index]];
        });
    }
    if (isPlainMap(old) && isPlainMap(current)) {
        const keys = [...new Set([...Object.keys(old), ...Object.keys(current)])].sort();
        return keys.flatMap((key) => differences([...path, key], old[key] ?? null, current[key] ?? null));
    }
    return sameValue(old, current) ? [] : [path];
}
