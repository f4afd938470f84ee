/** The resource `ContextFile`: its arguments and its class. */
import { statSync } from "node:fs";
import { output, type asset, type Input, type Output } from "@pulumi/pulumi";
import type { Context } from "./context";
import { withContextId } from "./contextId";
import { programError } from "./dynamic/programError";
import { contextFileDefinition } from "./definitions/contextFile";
import { AgbResource, type AgbResourceOptions } from "./dynamic/resource";

/** Arguments for {@link ContextFile}. Exactly one of `source` and `content` is required. */
export type ContextFileArgs = {
    /** The context, or its id. A change moves the file to the other context. */
    contextId: Input<string | Context>;
    /**
     * The absolute path of the file in sessions, below the path at which they mount the context, such as
     * `/home/work/notes.md`. A change moves the file.
     */
    path: Input<string>;
    /**
     * Replace an existing file with other content when the resource is created, instead of failing. Destroying the resource
     * deletes the file, whatever its origin.
     *
     * @default false
     */
    overwrite?: Input<boolean>;
} & (
    | {
          /**
           * The content of the file: `new pulumi.asset.FileAsset(path)`, of any size, or
           * `new pulumi.asset.StringAsset(text)`. Changed content is uploaded in place.
           *
           * @default the value of `content`
           */
          source: Input<asset.FileAsset | asset.StringAsset>;
          content?: undefined;
      }
    | {
          /**
           * The content of the file as a text. The state contains it, encrypted if it is a secret. Changed content is
           * uploaded in place.
           *
           * @default the content of `source`
           */
          content: Input<string>;
          source?: undefined;
      }
);

/**
 * A file in a context, for the sessions that mount it. It is uploaded when its content changes, and deleted with the
 * resource.
 *
 * A session sees the files that the context held when the session started. A file that is added later reaches it only
 * through a {@link Sync} with `mode: "download"`, and a session that uploads the folder overwrites or removes the file.
 * The next `pulumi up` notices such changes, without a refresh, and restores the declared content.
 *
 * The content is streamed, so large files do not need memory. An upload takes at most `customTimeouts.create` (5 minutes by
 * default), or `customTimeouts.update` for changed content.
 *
 * @throws The context already has a file with other content at the path, and `overwrite` is not set.
 * @throws The upload failed, or did not finish in time: the next `pulumi up` repeats it.
 * @throws The context does not exist.
 * @example
 * // For sessions that mount the context at /home/work.
 * const prompt = new agb.ContextFile("prompt", { contextId: context.id, path: "/home/work/prompt.md", content: "Be brief." });
 * const dev = new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: context.id, path: "/home/work" }] }, { dependsOn: prompt });
 *
 * @example
 * // A large file, which replaces an existing one.
 * new agb.ContextFile("model", { contextId: context.id, path: "/home/models/small.bin", source: new pulumi.asset.FileAsset("small.bin"), overwrite: true });
 */
export class ContextFile extends AgbResource<ContextFile, ContextFileArgs> {
    /** The SHA-256 hash of the content, in hexadecimal. A secret if the content is. */
    declare readonly hash: Output<string>;
    /** The size in bytes. A secret if the content is. */
    declare readonly size: Output<number>;
    /** The time of the last upload, in the format of AGB. */
    declare readonly modifiedTime: Output<string | undefined>;
    /** The configured value. */
    declare readonly contextId: Output<string>;
    /** The configured value. */
    declare readonly path: Output<string>;
    /** The configured value. */
    declare readonly overwrite: Output<boolean>;

    constructor(name: string, args: ContextFileArgs, opts?: AgbResourceOptions) {
        super(contextFileDefinition, name, withSourceOnDisk(name, withContextId(args)), opts);
    }
}

/** Programs in JavaScript may give arguments of any type. */
function withSourceOnDisk(name: string, args: { source?: unknown } | undefined): object {
    const source = args?.source;
    return { ...args, source: source && output(source).apply((given) => onDisk(name, given)) };
}

/** Rejects a missing file: the engine hashes the file before any check, and shows a stack trace if it cannot. */
function onDisk(name: string, given: { path?: string }): object {
    if (given.path === undefined || statSync(given.path, { throwIfNoEntry: false })?.isFile()) return given;
    throw programError(
        `ContextFile "${name}": the file "${given.path}" does not exist. Use an absolute path, or one relative to the folder of the program.`,
    );
}
