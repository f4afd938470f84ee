/** Settings of the client: endpoint, API key and timeout. */
import { createHash } from "node:crypto";
import { commandLine } from "../../common/commandLine";
import { isLoopback } from "../../common/loopback";
import { nearestWord } from "../../common/nearestWord";
import { AgbSettingsError } from "./errors";
import { ensureLocalAgb } from "./localServer";
import { MAX_TIMER_MS } from "./timeLimit";

/** Complete settings. */
export interface AgbSettings {
    /** Base URL, with `https://` (or `http://` on loopback). */
    endpoint: string;
    apiKey: string;
    /** The time limit for a single call with its whole answer, in milliseconds. */
    timeoutMs: number;
}

/** Settings that can be given explicitly. Any that are missing come from the environment, as in the official SDKs. */
export interface AgbSettingsSource {
    /**
     * The API key of your account, a secret. The endpoint `local` does not need it.
     *
     * @key agb:apiKey
     * @env AGB_API_KEY
     */
    apiKey?: string | undefined;
    /**
     * The base URL of AGB: `https://` (or `http://` for the local machine only). `local` selects the local AGB, which is
     * started when needed.
     *
     * @key agb:endpoint
     * @env AGB_ENDPOINT
     * @default "https://sdk-api.agb.cloud"
     */
    endpoint?: string | undefined;
    /**
     * The time limit for a single call with its whole answer, in milliseconds. For the transfer of a file, it limits each
     * pause.
     *
     * @key agb:timeoutMs
     * @env AGB_TIMEOUT_MS
     * @default 60000
     */
    timeoutMs?: string | number | undefined;
    /**
     * The data folder of the local AGB.
     *
     * @key agb:localData
     * @env AGB_LOCAL_DATA
     * @default `pulumi-agb` in your application data folder
     */
    localData?: string | undefined;
}

export const DEFAULT_ENDPOINT = "https://sdk-api.agb.cloud";
/** Enough to distinguish accounts. */
const MARK_LENGTH = 16;
const DEFAULT_TIMEOUT_MS = 60_000;
/** The endpoint that selects the local AGB. */
const LOCAL = "local";

/**
 * Returns what is missing or invalid in the settings, or `undefined` if they are valid. Sends no request.
 *
 * @example
 * import { settingsProblem } from "pulumi-agb/client";
 *
 * settingsProblem({ endpoint: "local" }); // undefined: the local AGB needs no key
 */
export function settingsProblem(source: AgbSettingsSource, env = process.env): string | undefined {
    try {
        remoteSettings(source, env);
        return undefined;
    } catch (error) {
        if (error instanceof AgbSettingsError) return error.message;
        throw error;
    }
}

/**
 * Completes the settings from the environment, and starts the local AGB if the endpoint is `local`. If it was not running,
 * `onLocalStart` receives a message that says so.
 *
 * @throws {@link AgbSettingsError} A setting is missing or invalid, or the local AGB cannot be started.
 */
export async function resolveSettings(
    source: AgbSettingsSource = {},
    env = process.env,
    onLocalStart?: (message: string) => void,
): Promise<AgbSettings> {
    const remote = remoteSettings(source, env);
    if (remote.endpoint !== LOCAL) return remote;
    const dataFolder = source.localData || env.AGB_LOCAL_DATA;
    const local = await ensureLocalAgb({ ...(dataFolder && { dataFolder }), onStart: onLocalStart });
    return { ...local, timeoutMs: remote.timeoutMs };
}

/**
 * A hash by which a later run recognizes the account. A local server may have another port in each run, so its address does
 * not count.
 */
export function accountMark({ endpoint, apiKey }: AgbSettings): string {
    const { host, hostname } = new URL(endpoint);
    const account = JSON.stringify([isLoopback(hostname) ? "" : host, apiKey]);
    return createHash("sha256").update(account).digest("hex").slice(0, MARK_LENGTH);
}

function remoteSettings(source: AgbSettingsSource, env: NodeJS.ProcessEnv): AgbSettings {
    const timeoutMs = parseTimeout(source.timeoutMs || env.AGB_TIMEOUT_MS || DEFAULT_TIMEOUT_MS);
    const endpoint = (source.endpoint || env.AGB_ENDPOINT || DEFAULT_ENDPOINT).trim();
    if (endpoint === LOCAL) return { endpoint: LOCAL, apiKey: "", timeoutMs };
    const baseUrl = parseEndpoint(endpoint);
    const apiKey = (source.apiKey || env.AGB_API_KEY || "").trim();
    if (apiKey === "") {
        throw new AgbSettingsError(
            `there is no API key for AGB. Set one with \`${commandLine("config set --secret agb:apiKey")}\`, or in the environment as AGB_API_KEY; ` +
                `or work without an account: \`${commandLine("config set agb:endpoint local")}\``,
        );
    }
    // A line break, for example, would make the header invalid, and the resulting error would reveal the key.
    if (!/^[\x21-\x7e]+$/.test(apiKey)) {
        throw new AgbSettingsError(
            "the API key for AGB contains a space or another invalid character. Check agb:apiKey or AGB_API_KEY",
        );
    }
    return { endpoint: baseUrl, apiKey, timeoutMs };
}

/**
 * Adds `https://` if there is no scheme, and rejects endpoints that are invalid or insecure. Removes a user name and
 * password: AGB does not use them, and messages show the endpoint.
 */
function parseEndpoint(source: string): string {
    const endpoint = source.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/i, "$1");
    const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
    let url: URL;
    // A single word is no host of a service, but may be meant as the word.
    if (nearestWord(endpoint, [LOCAL]) !== undefined && !isLoopback(endpoint)) {
        throw new AgbSettingsError(
            `the endpoint "${endpoint}" is not a valid URL; did you mean "${LOCAL}"? Correct agb:endpoint (or AGB_ENDPOINT)`,
        );
    }
    try {
        url = new URL(withScheme);
    } catch {
        throw new AgbSettingsError(
            `the endpoint "${endpoint}" is not a valid URL. Set agb:endpoint (or AGB_ENDPOINT) to https://HOST or to "local"`,
        );
    }
    const isSecure = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
    if (!isSecure) {
        throw new AgbSettingsError(
            `the endpoint "${endpoint}" would send the API key in the clear. Use https:// in agb:endpoint (or AGB_ENDPOINT)`,
        );
    }
    return withScheme.replace(/\/+$/, "");
}

function parseTimeout(value: string | number): number {
    const timeoutMs = Number(value);
    if (Number.isFinite(timeoutMs) && timeoutMs > 0) return Math.min(timeoutMs, MAX_TIMER_MS);
    throw new AgbSettingsError(`agb:timeoutMs (or AGB_TIMEOUT_MS) is "${value}": specify milliseconds, such as 60000`);
}
