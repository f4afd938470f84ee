/** The stack's configuration, as far as it is ours. */
import { z } from "zod";
import type { AgbSettingsSource } from "../agb/index";
import type { Failure } from "./contract";

/**
 * Set by `pulumi config set KEY VALUE`, or in the environment, which counts where the configuration says nothing. `pulumi destroy` and `pulumi refresh` get the
 * configuration of the last `pulumi up`, and the environment of their own.
 */
export interface AgbConfig extends AgbSettingsSource {
    /**
     * Labels for every session. A session's own label of the same key goes before.
     *
     * @key agb:defaultLabels
     */
    defaultLabels: Record<string, string>;
    /**
     * Names of resources that may be deleted whatever they hold: a list, in the environment separated by commas. Both count.
     *
     * @key agb:forceDestroy
     * @env AGB_FORCE_DESTROY
     */
    forceDestroy: string[];
    /** What in the configuration cannot be used. */
    problems: Failure[];
}

/** Reads `agb:*`. Lists and maps arrive as JSON text. One that is not what it should be counts as absent, and `problems` says so. */
export function agbConfig(get: (key: string) => string | undefined, env = process.env): AgbConfig {
    const problems: Failure[] = [];
    const structured = <T extends z.ZodType>(key: string, schema: T, reason: string): z.output<T> | undefined => {
        const value = schema.optional().safeParse(parsed(get(key)));
        if (!value.success) problems.push({ property: key, reason });
        return value.data;
    };
    return {
        apiKey: get("agb:apiKey"),
        endpoint: get("agb:endpoint"),
        timeoutMs: get("agb:timeoutMs"),
        localData: get("agb:localData"),
        defaultLabels:
            structured(
                "agb:defaultLabels",
                z.record(z.string().min(1), z.string().min(1)),
                "must map label keys to non-empty strings: `pulumi config set --path agb:defaultLabels.team agents`",
            ) ?? {},
        // A destroy gets the configuration of the last `up`, but today's environment.
        forceDestroy: (env.AGB_FORCE_DESTROY ?? "")
            .split(",")
            .map((name) => name.trim())
            .concat(
                structured(
                    "agb:forceDestroy",
                    z.array(z.string()),
                    "must be a list of resource names: `pulumi config set --path 'agb:forceDestroy[0]' NAME`",
                ) ?? [],
            ),
        problems,
    };
}

function parsed(text: string | undefined): unknown {
    if (!text) return undefined;
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
