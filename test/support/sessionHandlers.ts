/** Sessions and syncs of a deployment, through their handlers, with AGB behind a proxy that can list tasks differently. */
import type { SyncTask } from "../../provider/agb";
import type { Account } from "../../provider/handlers/account";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs, SessionState } from "../../provider/handlers/session/state";
import { syncHandlers } from "../../provider/handlers/sync";
import { startTestAgb, type TestAgb } from "./agb";
import { accountOf, originOf, recordingReporter } from "./handlers";
import { startTasksProxy, type TasksProxy } from "./tasksProxy";

export type SyncState = Parameters<typeof syncHandlers.delete>[0]["state"];
interface Made {
    id: string;
    state: SessionState;
}

export interface Deployment {
    agb: TestAgb;
    proxy: TasksProxy;
    account: Account;
    contextId: string;
    /** What was reported so far. */
    lines: string[];
    inputs(news?: Record<string, unknown>): SessionInputs;
    create(news?: Record<string, unknown>): Promise<Made>;
    update(made: Made, news?: Record<string, unknown>): Promise<Made>;
    destroy(made: Made, account?: Account): Promise<void>;
    sync(news: Record<string, unknown>, account?: Account): Promise<SyncState>;
    /** The account as the next run finds it. */
    nextRun(forced?: string[]): Account;
    /** A session whose first download fails, while its context has a file. */
    withoutData(news?: Record<string, unknown>): Promise<Made>;
    close(): Promise<void>;
}

export const PATH = "/home/work";
export const PRECIOUS = `${PATH}/precious.txt`;

export async function startDeployment(syncTimeMs = 20): Promise<Deployment> {
    const agb = await startTestAgb({ syncTimeMs });
    const proxy = await startTasksProxy(agb.local);
    const { reporter, lines } = recordingReporter();
    const nextRun = (forced: string[] = []) => accountOf(proxy.client, reporter, forced);
    const account = nextRun();
    const contextId = (await agb.client.ensureContext("work")).id;
    const inputs = (news: Record<string, unknown> = {}) => {
        const given = { imageId: "agb-code-space-2", contextSyncs: [{ contextId, path: PATH }], ...news };
        const checked = sessionHandlers.check({ olds: {}, news: { __origin: originOf("dev"), ...given } });
        if (checked.failures.length > 0) throw new Error(JSON.stringify(checked.failures));
        return checked.inputs as unknown as SessionInputs;
    };
    const create = (news?: Record<string, unknown>) => sessionHandlers.create({ inputs: inputs(news), account });
    return {
        agb,
        proxy,
        account,
        contextId,
        lines,
        inputs,
        create,
        async update({ id, state }, news) {
            const updated = await sessionHandlers.update({ id, state, inputs: inputs(news), account });
            return { id, state: updated.state };
        },
        destroy: ({ id, state }, by = account) => sessionHandlers.delete({ id, state, account: by }),
        async sync(news, by = account) {
            const checked = syncHandlers.check({ olds: {}, news: { __origin: originOf("save"), ...news } });
            const given = checked.inputs as unknown as Parameters<typeof syncHandlers.create>[0]["inputs"];
            return (await syncHandlers.create({ inputs: given, account: by })).state;
        },
        nextRun,
        async withoutData(news) {
            await agb.client.uploadContextFile(contextId, PRECIOUS, { text: "precious" });
            agb.fault("createSession:fail:1:1");
            return create({ onSyncFailure: "report", ...news });
        },
        async close() {
            await proxy.close();
            await agb.close();
        },
    };
}

/** The status of each task. */
export const statuses = ({ contextStatuses }: { contextStatuses: SyncTask[] }): string[] =>
    contextStatuses.map(({ status }) => status);
