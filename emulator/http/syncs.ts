/** The API's calls for syncs of a session's mounts. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { SyncMode } from "../../provider/agb/policy";
import { invalidParameter } from "../apiError";
import type { Service } from "../service";
import { ok, optionalText, parseParams, text } from "./envelope";
import { failsSyncs, faultOf } from "./faults";
import { TaskFaults } from "./taskFaults";

const syncParameters = z.object({
    sessionId: text,
    contextId: optionalText,
    path: optionalText,
    mode: optionalText.pipe(z.enum(SyncMode).default(SyncMode.Upload)),
});
const infoParameters = z.object({
    sessionId: text,
    contextId: optionalText,
    path: optionalText,
    taskType: optionalText,
});

export function syncCalls(app: FastifyInstance, { sessions, syncs }: Service): void {
    const taskFaults = new TaskFaults((task) => syncs.earlierRun(task));

    app.post("/sdk/SyncContext", async (request) => {
        const { sessionId, contextId, path, mode } = parseParams(syncParameters, request.query);
        const session = sessions.get(sessionId);
        if ((contextId === undefined) !== (path === undefined)) {
            throw invalidParameter("contextId and path must be used together");
        }
        const target = contextId !== undefined && path !== undefined ? { contextId, path } : undefined;
        await sessions.sync(session, mode, target, failsSyncs(request));
        return ok();
    });

    app.get("/sdk/GetContextInfo", (request) => {
        const { sessionId, contextId, path, taskType } = parseParams(infoParameters, request.query);
        const tasks = taskFaults
            .apply(faultOf(request), sessions.get(sessionId).tasks)
            .filter(
                (task) =>
                    (contextId === undefined || task.contextId === contextId) &&
                    (path === undefined || task.path === path) &&
                    (taskType === undefined || task.taskType === taskType),
            );
        const contextStatus = tasks.length === 0 ? "" : JSON.stringify([{ type: "data", data: JSON.stringify(tasks) }]);
        return Promise.resolve(ok({ contextStatus }));
    });
}
