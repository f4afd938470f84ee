/** The configuration keys of the provider, and what is wrong with others in its namespace. */
import { commandLine } from "../../common/commandLine";
import { nearestWord } from "../../common/nearestWord";

const NAMESPACE = "agb:";

/** A secret, however it is set. */
export const API_KEY = "agb:apiKey";

const CONFIG_KEYS = [
    API_KEY,
    "agb:endpoint",
    "agb:timeoutMs",
    "agb:defaultLabels",
    "agb:forceDestroy",
    "agb:localData",
];

export const isConfigKey = (key: string): boolean => CONFIG_KEYS.includes(key);

/** The key that a key of this namespace most likely means. */
export function nearestConfigKey(key: string): string | undefined {
    if (!key.startsWith(NAMESPACE)) return undefined;
    const name = nearestWord(
        key.slice(NAMESPACE.length),
        CONFIG_KEYS.map((known) => known.slice(NAMESPACE.length)),
    );
    return name === undefined ? undefined : NAMESPACE + name;
}

/** What is wrong with a key of a stack's configuration. Keys of other namespaces are not the provider's business. */
export function configKeyProblem(key: string): string | undefined {
    if (!key.startsWith(NAMESPACE) || isConfigKey(key)) return undefined;
    const nearest = nearestConfigKey(key);
    const right = nearest === undefined ? `. The keys are ${CONFIG_KEYS.join(", ")}.` : `; did you mean ${nearest}?`;
    return `${key} is not a configuration key of pulumi-agb${right} Remove it with \`${commandLine(`config rm ${key}`)}\`.`;
}
