/** The program's requests, read into goals. */

import * as path from "node:path";
import { fileURLToPath } from "node:url";

import type { Alias as AliasMessage } from "@pulumi/pulumi/proto/alias_pb";
import type { ReadResourceRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { SourcePosition, StackTrace } from "@pulumi/pulumi/proto/source_pb";

import type { Alias, ReadGoal, ResourceGoal } from "../plan/goal";
import type { ResourceState } from "../model/types";
import { fromStruct, fromValue } from "./struct";

/** An absent text is an empty one on the wire. */
const given = (text: string): string | undefined => (text === "" ? undefined : text);

export function readRegistration(request: RegisterResourceRequest, projectRoot: string): ResourceGoal {
    const properties = fromStruct(request.getObject());
    const dependencies = request.getDependenciesList();
    const dbr = request.getDeletebeforereplacedefined() || request.getDeletebeforereplace();
    return {
        type: request.getType(),
        name: request.getName(),
        custom: request.getCustom(),
        properties,
        parent: given(request.getParent()),
        dependencies: unique(dependencies),
        propertyDependencies: readPropertyDependencies(request, Object.keys(properties), dependencies),
        provider: given(request.getProvider()),
        protect: request.hasProtect() ? request.getProtect() : undefined,
        retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
        deleteBeforeReplace: dbr ? request.getDeletebeforereplace() : undefined,
        deletedWith: given(request.getDeletedwith()),
        replaceWith: request.getReplaceWithList(),
        replacementTrigger: fromValue(request.getReplacementTrigger()),
        ignoreChanges: request.getIgnorechangesList(),
        replaceOnChanges: request.getReplaceonchangesList(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        aliases: [...request.getAliasurnsList().map((urn) => ({ urn })), ...request.getAliasesList().map(readAlias)],
        importId: given(request.getImportid()),
        customTimeouts: readTimeouts(request.getCustomtimeouts()),
        hideDiff: request.getHidediffsList(),
        ...readPosition(request, projectRoot),
    };
}

export function readRead(
    request: ReadResourceRequest,
    projectRoot: string,
): Omit<ReadGoal, "provider"> & { provider?: string | undefined } {
    return {
        type: request.getType(),
        name: request.getName(),
        id: request.getId(),
        properties: fromStruct(request.getProperties()),
        parent: given(request.getParent()),
        dependencies: unique(request.getDependenciesList()),
        provider: given(request.getProvider()),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        ...readPosition(request, projectRoot),
    };
}

const unique = (urns: readonly string[]): string[] => [...new Set(urns)];

/** Where the program does not say which property depends on what, each depends on everything. */
function readPropertyDependencies(
    request: RegisterResourceRequest,
    keys: readonly string[],
    dependencies: readonly string[],
): Record<string, string[]> {
    const map = request.getPropertydependenciesMap();
    if (map.getLength() === 0) return Object.fromEntries(keys.map((key) => [key, unique(dependencies)]));
    const said = map.toArray().map(([key]) => key);
    return Object.fromEntries(
        [...new Set([...said, ...keys])].map((key) => [key, unique(map.get(key)?.getUrnsList() ?? [])]),
    );
}

function readAlias(alias: AliasMessage): Alias {
    const spec = alias.getSpec();
    if (spec === undefined) return { urn: alias.getUrn() };
    const parts = {
        name: given(spec.getName()),
        type: given(spec.getType()),
        stack: given(spec.getStack()),
        project: given(spec.getProject()),
        parent: given(spec.getParenturn()),
    };
    const said = Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
    return { ...said, noParent: spec.getNoparent() };
}

function readTimeouts(timeouts: RegisterResourceRequest.CustomTimeouts | undefined): ResourceState["customTimeouts"] {
    if (timeouts === undefined) return undefined;
    const [create, update, remove] = [timeouts.getCreate(), timeouts.getUpdate(), timeouts.getDelete()];
    if (create === "" && update === "" && remove === "") return undefined;
    return {
        ...(create !== "" && { create: seconds(create) }),
        ...(update !== "" && { update: seconds(update) }),
        ...(remove !== "" && { delete: seconds(remove) }),
    };
}

const UNITS: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };
/** A duration as in `1h2m3.5s`. */
function seconds(text: string): number {
    if (!/^([\d.]+(h|ms|m|s|us|µs|ns))+$/.test(text)) throw new Error(`unable to parse customTimeout Value ${text}`);
    return [...text.matchAll(/([\d.]+)(h|ms|m|s|us|µs|ns)/g)].reduce(
        (sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ""] ?? 0),
        0,
    );
}

function readPosition(
    request: { getSourceposition(): SourcePosition | undefined; getStacktrace(): StackTrace | undefined },
    projectRoot: string,
): Pick<ResourceGoal, "sourcePosition" | "stackTrace"> {
    const frames = request.getStacktrace()?.getFramesList() ?? [];
    const stackTrace = frames.flatMap((frame) => {
        const sourcePosition = readSourcePosition(frame.getPc(), projectRoot);
        return sourcePosition === undefined ? [] : [{ sourcePosition }];
    });
    return {
        sourcePosition: readSourcePosition(request.getSourceposition(), projectRoot),
        stackTrace: stackTrace.length === 0 ? undefined : stackTrace,
    };
}

/** `project:///PATH#LINE,COLUMN`, relative to the project's folder, so that it means the same on every machine. */
function readSourcePosition(position: SourcePosition | undefined, projectRoot: string): string | undefined {
    if (position === undefined || !position.getUri().startsWith("file://")) return undefined;
    const relative = path
        .relative(projectRoot, fileURLToPath(position.getUri()))
        .split(path.sep)
        .map(encodeURIComponent)
        .join("/");
    const column = position.getColumn() === 0 ? "" : `,${position.getColumn()}`;
    return `project:///${relative}#${position.getLine()}${column}`;
}
