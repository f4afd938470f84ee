/**
 * Queries that a program sends to AGB, using the configuration of its stack. Everything is loaded at the first query, so
 * a program without queries loads neither undici nor zod.
 */
import { Config, log, runtime } from "@pulumi/pulumi";
import { errorMessage } from "../../common/errorMessage";
import type * as Agb from "../agb";
import type * as Queries from "../handlers/queries";
import { checkConfigOnce } from "./configCheck";
import { programError } from "./programError";

/** Clients by settings, because one process can run the programs of several stacks. Idle connections do not keep it alive. */
const clients = new Map<string, Agb.AgbClient>();

/** A function of this package, as `call` of Pulumi's mocks gets it: `agb:index:getContext` with its arguments. */
export interface FunctionCall {
    name: string;
    args: object;
}

/** Runs a query, or asks the mocks of a unit test instead. A failure becomes a one-line program error that starts with `action`, which says what was attempted. */
export async function queryAgb<T>(
    action: string,
    { name, args }: FunctionCall,
    query: (agb: Agb.AgbClient, queries: typeof Queries) => Promise<T>,
): Promise<T> {
    // The monitor of `setMocks` has the mocks as a field; that of an engine has not.
    const { mocks } = (runtime.getMonitor() ?? {}) as { mocks?: runtime.Mocks };
    if (mocks) return (await mocks.call({ token: `agb:index:${name}`, inputs: args })) as T;
    try {
        const [agb, queries] = [await connect(), await import("../handlers/queries.js")];
        return await query(agb, queries);
    } catch (error) {
        throw programError(`${action}: ${errorMessage(error)}`);
    }
}

async function connect(): Promise<Agb.AgbClient> {
    checkConfigOnce();
    const { AgbClient, resolveSettings } = await import("../agb/index.js");
    const { agbConfig } = await import("../handlers/config.js");
    const config = new Config("agb");
    const settings = await resolveSettings(
        agbConfig((key) => config.get(key.replace(/^agb:/, ""))),
        process.env,
        (message) => void log.info(message),
    );
    const key = JSON.stringify(settings);
    const client = clients.get(key) ?? new AgbClient(settings);
    clients.set(key, client);
    return client;
}
