/** How to reach AGB: where, with which key, and how long to wait for an answer. */
import { isLoopback } from "../../common/loopback";
import { AgbSettingsError } from "./errors";
import { ensureLocalAgb } from "./localServer";

export interface AgbSettings {
    /** Base address, with `https://` (or `http://` on loopback). */
    endpoint: string;
    apiKey: string;
    /** How long a single call may take, in milliseconds. */
    timeoutMs: number;
}

/** What may be given explicitly; each part else comes from the environment, as for the official SDKs. */
export interface AgbSettingsSource {
    /**
     * The key of your account, a secret. Not needed with the endpoint `local`.
     *
     * @key agb:apiKey
     * @env AGB_API_KEY
     */
    apiKey?: string | undefined;
    /**
     * Where AGB is: an `https://` address (`http://` on this machine alone), or `local` for the local AGB, which is started when it is needed.
     *
     * @key agb:endpoint
     * @env AGB_ENDPOINT
     * @default "https://sdk-api.agb.cloud"
     */
    endpoint?: string | undefined;
    /**
     * How long a single call may take, in milliseconds.
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
     * @default `pulumi-agb` in your own data folder
     */
    localData?: string | undefined;
}

export const DEFAULT_ENDPOINT = "https://sdk-api.agb.cloud";
const DEFAULT_TIMEOUT_MS = 60_000;
/** The endpoint that means the local AGB. */
const LOCAL = "local";

/**
 * Says what is missing or wrong in the settings, without reaching out; `undefined` when they can be used.
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

/** Finds the settings, and starts the local AGB when the endpoint is `local`. Throws {@link AgbSettingsError}. */
export async function resolveSettings(source: AgbSettingsSource = {}, env = process.env): Promise<AgbSettings> {
    const remote = remoteSettings(source, env);
    if (remote.endpoint !== LOCAL) return remote;
    const dataFolder = source.localData || env.AGB_LOCAL_DATA;
    const local = await ensureLocalAgb(dataFolder ? { dataFolder } : {});
    return { ...local, timeoutMs: remote.timeoutMs };
}

function remoteSettings(source: AgbSettingsSource, env: NodeJS.ProcessEnv): AgbSettings {
    const timeoutMs = positiveNumber(source.timeoutMs || env.AGB_TIMEOUT_MS || DEFAULT_TIMEOUT_MS);
    const given = (source.endpoint || env.AGB_ENDPOINT || DEFAULT_ENDPOINT).trim();
    if (given === LOCAL) return { endpoint: LOCAL, apiKey: "", timeoutMs };
    const endpoint = checkedEndpoint(given);
    const apiKey = (source.apiKey || env.AGB_API_KEY || "").trim();
    if (apiKey === "") {
        throw new AgbSettingsError(
            "there is no API key for AGB. Give one with `pulumi config set --secret agb:apiKey`, or in the environment as AGB_API_KEY; " +
                "or work without an account: `pulumi config set agb:endpoint local`",
        );
    }
    // A key with a line break or the like would make the header invalid, and the error would show it.
    if (!/^[\x21-\x7e]+$/.test(apiKey)) {
        throw new AgbSettingsError(
            "the API key for AGB holds a space or another character that no key has. Check agb:apiKey or AGB_API_KEY",
        );
    }
    return { endpoint, apiKey, timeoutMs };
}

function checkedEndpoint(given: string): string {
    const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`;
    let url: URL;
    try {
        url = new URL(withScheme);
    } catch {
        throw new AgbSettingsError(
            `the endpoint "${given}" is not an address. Give agb:endpoint (or AGB_ENDPOINT) as https://HOST, or "local"`,
        );
    }
    const secure = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
    if (!secure) {
        throw new AgbSettingsError(
            `the endpoint "${given}" would send the API key in the clear. Use https:// in agb:endpoint (or AGB_ENDPOINT)`,
        );
    }
    return withScheme.replace(/\/+$/, "");
}

function positiveNumber(value: string | number): number {
    const number = Number(value);
    if (Number.isFinite(number) && number > 0) return number;
    throw new AgbSettingsError(`agb:timeoutMs (or AGB_TIMEOUT_MS) is "${value}": give milliseconds, such as 60000`);
}
