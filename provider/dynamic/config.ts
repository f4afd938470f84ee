/** The stack's configuration, as far as it is ours. */
import type { AgbSettingsSource } from "../agb";

export interface AgbConfig extends AgbSettingsSource {
    /** Put on every session. */
    defaultLabels: Record<string, string>;
    /** Names of resources that may be deleted whatever they hold. */
    forceDestroy: string[];
}

/** Reads `agb:*`. Lists and maps arrive as JSON text. Throws when one of them is not what it should be. */
export function agbConfig(get: (key: string) => string | undefined): AgbConfig {
    return {
        apiKey: get("agb:apiKey"),
        endpoint: get("agb:endpoint"),
        timeoutMs: get("agb:timeoutMs"),
        localData: get("agb:localData"),
        defaultLabels: labels(get("agb:defaultLabels")),
        forceDestroy: names(get("agb:forceDestroy")),
    };
}

function labels(text: string | undefined): Record<string, string> {
    const value = parsed(text) ?? {};
    if (typeof value === "object" && !Array.isArray(value) && Object.values(value).every((label) => typeof label === "string" && label !== "")) return value as Record<string, string>;
    throw new Error("agb:defaultLabels must map label keys to texts that are not empty: `pulumi config set --path agb:defaultLabels.team agents`.");
}

function names(text: string | undefined): string[] {
    const value = parsed(text) ?? [];
    if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
    throw new Error("agb:forceDestroy must be a list of resource names: `pulumi config set --path 'agb:forceDestroy[0]' NAME`.");
}

function parsed(text: string | undefined): unknown {
    if (!text) return undefined;
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
