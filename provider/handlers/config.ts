/** The configuration of the provider: the keys `agb:*` of a stack. */
import { z } from "zod";
import { commandLine } from "../../common/commandLine";
import { settingsProblem, type AgbSettingsSource } from "../agb/index";
import type { Failure } from "./contract";
import { labelsSize, MAX_DEFAULT_LABELS_BYTES } from "./session/labels";

/**
 * Set with `pulumi config set KEY VALUE`, or in the environment, which applies if the configuration has no value. `pulumi
 * destroy` and `pulumi refresh` use the configuration of the last `pulumi up` and the current environment.
 */
export interface AgbConfig extends AgbSettingsSource {
    /**
     * Labels for every session, of at most 2,000 bytes in a URL. A label of the session with the same key takes precedence.
     *
     * @key agb:defaultLabels
     */
    defaultLabels: Record<string, string>;
    /**
     * Resources that may be deleted regardless of their content, each as `TYPE:NAME` (such as `Session:dev`) or by its URN.
     * The environment variable separates them with commas. Both lists apply.
     *
     * @key agb:forceDestroy
     * @env AGB_FORCE_DESTROY
     */
    forceDestroy: string[];
    /** Values of the configuration that are not valid. */
    problems: Failure[];
}

/** Reads `agb:*`. Lists and maps arrive as JSON text. Invalid ones count as absent and are listed in `problems`. */
export function agbConfig(get: (key: string) => string | undefined, env = process.env): AgbConfig {
    const problems: Failure[] = [];
    const structured = <T extends z.ZodType>(key: string, schema: T, reason: string): z.output<T> | undefined => {
        const value = schema.optional().safeParse(parsed(get(key)));
        if (!value.success) problems.push({ property: key, reason });
        return value.data;
    };
    const defaultLabels = structured(
        "agb:defaultLabels",
        // A record would drop the key, which means something else in JavaScript.
        z
            .unknown()
            .refine((labels) => !Object.hasOwn(labels ?? {}, "__proto__"))
            .pipe(z.record(z.string().min(1), z.string().min(1))),
        `must map label keys to non-empty strings: run \`${commandLine("config rm agb:defaultLabels")}\`, then \`${commandLine("config set --path agb:defaultLabels.team agents")}\``,
    );
    const size = labelsSize(defaultLabels ?? {});
    if (size > MAX_DEFAULT_LABELS_BYTES) {
        problems.push({
            property: "agb:defaultLabels",
            reason: `take ${size} bytes in a URL, but at most ${MAX_DEFAULT_LABELS_BYTES} can be changed later; use fewer or shorter ones`,
        });
    }
    return {
        apiKey: get("agb:apiKey"),
        endpoint: get("agb:endpoint"),
        timeoutMs: get("agb:timeoutMs"),
        localData: get("agb:localData"),
        defaultLabels: defaultLabels ?? {},
        // A destroy uses the configuration of the last `up`, but the current environment.
        forceDestroy: (env.AGB_FORCE_DESTROY ?? "")
            .split(",")
            .map((resource) => resource.trim())
            .concat(
                structured(
                    "agb:forceDestroy",
                    z.array(z.string()),
                    `must be a list of resources: run \`${commandLine("config rm agb:forceDestroy")}\`, then \`${commandLine("config set --path 'agb:forceDestroy[0]' Session:dev")}\``,
                ) ?? [],
            ),
        problems,
    };
}

/** Problems in the stack's configuration, found in the first preview before any call. */
export function configFailures(config: AgbConfig, env = process.env): Failure[] {
    const problem = settingsProblem(config, env);
    return problem ? [{ property: "", reason: problem }, ...config.problems] : config.problems;
}

/** What is wrong with a value of the configuration, whatever the other ones are. */
export function configValueProblem(key: string, value: string): string | undefined {
    const config = agbConfig((other) => (other === key ? value : undefined), {});
    // With some key, so only the value can be wrong.
    const [failure] = configFailures({ ...config, apiKey: config.apiKey || "KEY" }, {});
    return failure && `${failure.property} ${failure.reason}`.trim();
}

function parsed(text: string | undefined): unknown {
    if (!text) return undefined;
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
