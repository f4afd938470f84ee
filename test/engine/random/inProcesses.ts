/** The engine as users have it: command, program and provider in separate processes, where the command can be killed. */
import { createServer, type Server } from "node:http";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { locateStack } from "../../../engine/stack";
import { decodeSnapshot, parseCheckpoint } from "../../../engine/state/checkpoint";
import { breakLocks } from "../../../engine/state/lock";
import { openCrypter, type Crypter } from "../../../engine/state/passphrase";
import { SIGNATURE, type Snapshot } from "../../../engine/model/types";
import { engines, type Engine as Command } from "../../support/engines";
import { start } from "../../support/processes";
import { Project } from "../../support/project";
import type { Account, Call } from "./account";
import type { Engine, Outcome } from "./lifecycle";
import { ACCOUNT } from "./goals";
import { dataInput, GROUP, PROJECT, providersOf, STACK, THING, type Deployment, type Program } from "./programs";

/** Asks the account what to do. */
const PROVIDER = `
const ask = async (method, call) => {
    const response = await fetch(process.env.ACCOUNT, { method: "POST", body: JSON.stringify({ method, ...call }) });
    const answer = await response.json();
    if (answer.kind === "provider ended") process.kill(process.pid, "SIGKILL");
    if (answer.kind === "failed") throw new Error(answer.reason);
    if (answer.kind === "done in part") throw Object.assign(new Error(method), { id: answer.id, properties: answer.outs, reasons: answer.reasons });
    return answer.result;
};
exports.handler = {
    check: async (olds, news) => ({ inputs: (await ask("check", { olds, news })).outs, failures: [] }),
    diff: (id, olds, news) => ask("diff", { id, olds, news }),
    create: (news) => ask("create", { news }),
    update: (id, olds, news) => ask("update", { id, olds, news }),
    read: async (id, olds) => { const { id: found, outs } = await ask("read", { id, olds }); return { id: found, props: outs }; },
    delete: (id) => ask("delete", { id }),
};`;

const PROGRAM = `"use strict";
const pulumi = require("@pulumi/pulumi");
const { resources, providers, breaksAt, exitsWith } = require("./program.json");
class Thing extends pulumi.CustomResource {
    constructor(name, args, options) {
        super("${THING}", name, { made: undefined, tag: undefined, ...args, __provider: 'exports.handler=()=>require(process.cwd()+"/provider.js").handler' }, options);
    }
}
class Group extends pulumi.ComponentResource {
    constructor(name, options) { super("${GROUP}", name, {}, options); this.registerOutputs({}); }
}
const withSecrets = (value) => {
    if (Array.isArray(value)) return value.map(withSecrets);
    if (typeof value !== "object" || value === null) return value;
    if ("${SIGNATURE}" in value) return pulumi.secret(withSecrets(value.value));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withSecrets(item)]));
};
const explicit = new Map(providers.map((name) => [name, new pulumi.ProviderResource("pulumi-nodejs", name, { key: name })]));
const there = new Map();
for (const [position, declared] of resources.entries()) {
    if (position === breaksAt) throw new Error("the program breaks");
    const { slot, name, component, parent, seat, badge, provider, protect, retainOnDelete, deleteBeforeReplace, aliases, ignoreChanges, replaceOnChanges } = declared;
    const of = (other) => there.get(other);
    const options = { parent: of(parent), dependsOn: declared.dependsOn.map(of), protect, retainOnDelete, deleteBeforeReplace, replaceWith: declared.replaceWith.map(of), aliases };
    const inputs = {
        ...declared.inputs,
        from: declared.from.map((other) => of(other).made),
        seat: of(seat) && of(seat).made,
        badge: badge && (badge.isLiteral ? "tag of " + badge.of : of(badge.of).tag),
        data: withSecrets(declared.input),
    };
    there.set(slot, component ? new Group(name, options) : new Thing(name, inputs, { ...options, ignoreChanges, replaceOnChanges, provider: explicit.get(provider) }));
}
if (exitsWith !== undefined) process.on("exit", () => (process.exitCode = exitsWith));`;

/** The program as JSON. */
const describeProgram = (program: Program): string =>
    JSON.stringify({
        ...program,
        providers: providersOf(program),
        resources: program.resources.map((declared) => ({
            ...declared,
            inputs: { ...ACCOUNT.steering(declared), value: declared.value, kind: declared.kind },
            input: declared.data && dataInput(declared.data),
        })),
    });

/** At which call of the provider the engine is killed: before the call is carried out, before it is answered, or soon after. */
const killing = (killedAt: number) => ({
    call: Math.floor(killedAt / 3),
    when: ["before", "between", "after"][killedAt % 3],
    delayMs: killedAt % 7,
});

export class EngineInProcesses implements Engine {
    readonly #account: Account;
    readonly project: Project;
    readonly #command = engines[0] as Command;
    #crypter: Crypter | undefined;

    constructor(account: Account) {
        this.#account = account;

        this.project = new Project(this.#command, {});
        this.project.write(
            "Pulumi.yaml",
            `name: ${PROJECT}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
        );
        this.project.write("provider.js", PROVIDER);
        this.project.write("index.js", PROGRAM);
    }

    async state(): Promise<Snapshot> {
        const { deployment } = parseCheckpoint(readFileSync(this.#stateFile, "utf8"), this.#stateFile);
        const salt = deployment?.secrets_providers?.state?.salt ?? "";
        if (salt !== "" && this.#crypter?.salt !== salt) {
            this.#crypter = await openCrypter("dev", this.project.env.PULUMI_CONFIG_PASSPHRASE ?? "", salt);
        }
        return decodeSnapshot(deployment, (text) => this.#crypter?.decrypt(text) ?? text);
    }

    unprotect(): Promise<void> {
        writeFileSync(this.#stateFile, readFileSync(this.#stateFile, "utf8").replaceAll('"protect":true,', ""));
        return Promise.resolve();
    }

    async deploy(deployment: Deployment): Promise<Outcome> {
        this.project.write("program.json", describeProgram(deployment.program));
        const killing = new AbortController();
        const door = await this.#openDoor(deployment.killedAt, () => killing.abort());
        const { port } = door.address() as AddressInfo;
        const { child, ended } = start([...this.#command.argv(deployment.operation), ...flagsOf(deployment)], {
            cwd: this.project.folder,
            env: { ...this.project.env, ACCOUNT: `http://127.0.0.1:${port}` },
        });
        killing.signal.addEventListener("abort", () => child.kill("SIGKILL"));
        const { exit, signal, text: printed } = await ended;
        // A provider may outlive the engine for a moment; what it asks for now comes too late.
        door.close();
        door.closeAllConnections();
        const how = exit === 0 ? "succeeded" : signal === "SIGKILL" ? "cut off" : "failed";
        await this.#breakLock(how === "cut off");
        return { how, errors: how === "failed" ? printed : "" };
    }

    /** What a killed run leaves locked, and nothing else is. */
    async #breakLock(isExpected: boolean): Promise<void> {
        const { backend, reference } = locateStack(this.project.folder, STACK, this.project.env);
        const locks = readdirSync(backend.path("locks", "organization", reference.project, reference.name)).filter(
            (file) => !file.endsWith(".attrs"),
        );
        expect(locks).toHaveLength(isExpected ? 1 : 0);
        await breakLocks(backend, reference);
    }

    /** The way to the account, for one deployment. */
    async #openDoor(killedAt: number | undefined, kill: () => void): Promise<Server> {
        const end = killedAt === undefined ? undefined : killing(killedAt);
        let calls = 0;
        const server = createServer((request, response) => {
            void text(request).then((asked) => {
                const when = calls++ === end?.call ? end.when : undefined;
                if (when !== undefined) setTimeout(kill, when === "after" ? end?.delayMs : 0);
                if (when === "before") return;
                const answer = this.#account.answer(JSON.parse(asked) as Call);
                if (when !== "between") response.end(JSON.stringify(answer));
            });
        }).listen(0, "127.0.0.1");
        await new Promise((resolve) => server.once("listening", resolve));
        return server;
    }

    get #stateFile(): string {
        return join(this.project.folder, ".backend", ".pulumi", "stacks", PROJECT, `${STACK}.json`);
    }
}

function flagsOf({
    operation,
    parallel,
    continueOnError,
    refresh,
    clearPendingCreates,
    expectNoChanges,
    targets,
    excludes,
    withDependents,
    replaces,
}: Deployment): string[] {
    const flags = {
        "continue-on-error": continueOnError && operation !== "refresh",
        refresh: refresh && operation === "up",
        "clear-pending-creates": clearPendingCreates,
        "expect-no-changes": expectNoChanges,
        "target-dependents": withDependents && targets.length > 0,
        "exclude-dependents": withDependents && excludes.length > 0 && operation !== "destroy",
    };
    const given = Object.entries(flags).flatMap(([flag, isGiven]) => (isGiven === true ? [`--${flag}`] : []));
    const urns = { target: targets, exclude: excludes, replace: replaces };
    for (const [flag, list] of Object.entries(urns)) given.push(...list.flatMap((urn) => [`--${flag}`, urn]));
    return ["--yes", "--skip-preview", "--non-interactive", "--stack", STACK, "--parallel", String(parallel), ...given];
}
