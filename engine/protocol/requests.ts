/** Converts the program's requests into goals. */

import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

import type { Alias as AliasMessage } from "@pulumi/pulumi/proto/alias_pb";
import type { ReadResourceRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { SourcePosition, StackTrace } from "@pulumi/pulumi/proto/source_pb";

import { parseDuration } from "../../common/duration";
import type { ReadRequest } from "../execute/programHost";
import type { ResourceState } from "../model/types";
import type { Alias, ResourceGoal } from "../plan/goal";
import { fromStruct, fromValue } from "./struct";

/** The protocol represents absent strings as empty ones. */
const optional = (text: string): string | undefined => (text === "" ? undefined : text);

export function readRegistration(request: RegisterResourceRequest, projectRoot: string): ResourceGoal {
    const properties = fromStruct(request.getObject());
    const dependencies = request.getDependenciesList();
    const hasDeleteBeforeReplace = request.getDeletebeforereplacedefined() || request.getDeletebeforereplace();
    return {
        type: request.getType(),
        name: request.getName(),
        custom: request.getCustom(),
        properties,
        parent: optional(request.getParent()),
        dependencies: unique(dependencies),
        propertyDependencies: readPropertyDependencies(request, Object.keys(properties), dependencies),
        provider: optional(request.getProvider()),
        protect: request.hasProtect() ? request.getProtect() : undefined,
        retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
        deleteBeforeReplace: hasDeleteBeforeReplace ? request.getDeletebeforereplace() : undefined,
        deletedWith: optional(request.getDeletedwith()),
        replaceWith: request.getReplaceWithList(),
        replacementTrigger: fromValue(request.getReplacementTrigger()),
        ignoreChanges: request.getIgnorechangesList(),
        replaceOnChanges: request.getReplaceonchangesList(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        aliases: [...request.getAliasurnsList().map((urn) => ({ urn })), ...request.getAliasesList().map(readAlias)],
        importId: optional(request.getImportid()),
        customTimeouts: readTimeouts(request.getCustomtimeouts()),
        hideDiff: request.getHidediffsList(),
        ...readPosition(request, projectRoot),
    };
}

export function readReadRequest(request: ReadResourceRequest, projectRoot: string): ReadRequest {
    return {
        type: request.getType(),
        name: request.getName(),
        id: request.getId(),
        properties: fromStruct(request.getProperties()),
        parent: optional(request.getParent()),
        dependencies: unique(request.getDependenciesList()),
        provider: optional(request.getProvider()),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        ...readPosition(request, projectRoot),
    };
}

const unique = (urns: readonly string[]): string[] => [...new Set(urns)];

/** If the program does not list dependencies by property, every property depends on all of them. */
function readPropertyDependencies(
    request: RegisterResourceRequest,
    keys: readonly string[],
    dependencies: readonly string[],
): Record<string, string[]> {
    const map = request.getPropertydependenciesMap();
    if (map.getLength() === 0) return Object.fromEntries(keys.map((key) => [key, unique(dependencies)]));
    const listed = map.toArray().map(([key]) => key);
    return Object.fromEntries(
        [...new Set([...listed, ...keys])].map((key) => [key, unique(map.get(key)?.getUrnsList() ?? [])]),
    );
}

function readAlias(alias: AliasMessage): Alias {
    const spec = alias.getSpec();
    if (spec === undefined) return { urn: alias.getUrn() };
    const parts = {
        name: optional(spec.getName()),
        type: optional(spec.getType()),
        stack: optional(spec.getStack()),
        project: optional(spec.getProject()),
        parent: optional(spec.getParenturn()),
    };
    const differing = Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
    return { ...differing, noParent: spec.getNoparent() };
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

function seconds(duration: string): number {
    const parsed = parseDuration(duration);
    if (parsed === undefined) throw new Error(`unable to parse customTimeout Value ${duration}`);
    return parsed;
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

/** `project:///PATH#LINE,COLUMN`, relative to the project's folder so that it is the same on every machine. */
function readSourcePosition(position: SourcePosition | undefined, projectRoot: string): string | undefined {
    if (position === undefined || !position.getUri().startsWith("file://")) return undefined;
    const path = relative(projectRoot, fileURLToPath(position.getUri())).split(sep).map(encodeURIComponent).join("/");
    const column = position.getColumn() === 0 ? "" : `,${position.getColumn()}`;
    return `project:///${path}#${position.getLine()}${column}`;
}
