/**
 * `BENCH_SIZE` contexts and sessions, written as Pulumi's guide to dynamic providers shows it: each resource has a
 * provider object of its own, which Pulumi serializes into its inputs.
 */
"use strict";
const pulumi = require("@pulumi/pulumi");

/** Sends a call to AGB. */
async function call(method, path, query, body) {
    const url = new URL(path, process.env.AGB_ENDPOINT);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const response = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${process.env.AGB_API_KEY}`, "content-type": "application/json" },
        body: body && JSON.stringify(body),
    });
    const { success, message, code, data } = await response.json();
    if (!success) throw new Error(`${path} failed: ${message} (${code})`);
    return data;
}

function requireText(inputs, keys) {
    return keys
        .filter((key) => typeof inputs[key] !== "string" || inputs[key] === "")
        .map((key) => ({ property: key, reason: `${key} must be a non-empty string` }));
}

class ContextProvider {
    async check(_olds, news) {
        return { inputs: { forceDestroy: false, ...news }, failures: requireText(news, ["contextName"]) };
    }

    async diff(_id, olds, news) {
        const changed = ["contextName", "forceDestroy"].filter((key) => olds[key] !== news[key]);
        return { changes: changed.length > 0, replaces: changed.filter((key) => key === "contextName") };
    }

    async create(inputs) {
        const { id, state, createTime } = await call("GET", "/sdk/GetContext", {
            name: inputs.contextName,
            allowCreate: "true",
        });
        return { id, outs: { ...inputs, state, createTime } };
    }

    async read(id, props) {
        const { state, createTime } = await call("GET", "/sdk/GetContext", { id, allowCreate: "false" });
        return { id, props: { ...props, state, createTime } };
    }

    async update(_id, olds, news) {
        return { outs: { ...olds, ...news } };
    }

    async delete(id) {
        await call("POST", "/sdk/DeleteContext", { id });
    }
}

class SessionProvider {
    async check(_olds, news) {
        const failures = requireText(news, ["imageId"]);
        for (const [index, mount] of (news.mounts ?? []).entries()) {
            for (const { property, reason } of requireText(mount, ["contextId", "path"])) {
                failures.push({ property: `mounts[${index}].${property}`, reason });
            }
        }
        return { inputs: { labels: {}, idleReleaseTimeout: 300, ...news }, failures };
    }

    async diff(_id, olds, news) {
        const keys = ["imageId", "labels", "mounts", "idleReleaseTimeout"];
        const changed = keys.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
        return {
            changes: changed.length > 0,
            replaces: changed.filter((key) => key !== "labels"),
            deleteBeforeReplace: true,
        };
    }

    async create(inputs) {
        const body = {
            timeout: inputs.idleReleaseTimeout,
            labels: JSON.stringify(inputs.labels),
            persistenceDataList: inputs.mounts.map(({ contextId, path }) => ({ contextId, path, policy: "{}" })),
        };
        const { sessionId } = await call("POST", "/mcp/createSession", { imageId: inputs.imageId }, body);
        return { id: sessionId, outs: { ...inputs, status: "RUNNING" } };
    }

    async read(id, props) {
        const { status } = await call("POST", "/mcp/getSessionInfo", {}, { sessionId: id });
        return { id, props: { ...props, status } };
    }

    async update(id, olds, news) {
        await call("POST", "/sdk/SetLabel", { sessionId: id, Labels: JSON.stringify(news.labels) });
        return { outs: { ...olds, ...news } };
    }

    async delete(id) {
        await call("POST", "/mcp/releaseSessionAsync", {}, { sessionId: id });
    }
}

class Context extends pulumi.dynamic.Resource {
    constructor(name, args, opts) {
        super(
            new ContextProvider(),
            name,
            { contextName: name, state: undefined, createTime: undefined, ...args },
            opts,
        );
    }
}

class Session extends pulumi.dynamic.Resource {
    constructor(name, args, opts) {
        super(new SessionProvider(), name, { status: undefined, ...args }, opts);
    }
}

for (let index = 0; index < Number(process.env.BENCH_SIZE) / 2; index++) {
    const context = new Context(`context${index}`, {});
    new Session(`session${index}`, {
        imageId: "agb-code-space-2",
        idleReleaseTimeout: 1800,
        mounts: [{ contextId: context.id, path: "/home/work" }],
    });
}
