import { statSync } from "node:fs";
import { output, type asset, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { programError } from "./dynamic/programError";
import { contextFileDefinition } from "./definitions/contextFile";
import { AgbResource } from "./dynamic/resource";

/** What a {@link ContextFile} is to be: its place, and either `source` or `content`. */
export interface ContextFileArgs {
    /** The id of the context. A change puts the file into the other context, and removes it from this one. */
    contextId: Input<string>;
    /**
     * The absolute path at which sessions will see the file: in the folder at which they mount the context, such as `/home/work/notes.md`.
     * A change puts the file at the other path, and removes it from this one.
     */
    path: Input<string>;
    /**
     * What the file holds: `new pulumi.asset.FileAsset(path)`, of any size, or `new pulumi.asset.StringAsset(text)`. Not together with
     * `content`. A changed content is uploaded in place.
     *
     * @default the file holds `content`
     */
    source?: Input<asset.FileAsset | asset.StringAsset>;
    /**
     * What the file holds, as a text. It is kept in the state, encrypted where it is a secret. A changed content is uploaded in place.
     *
     * @default the file holds `source`
     */
    content?: Input<string>;
    /**
     * Replace a file that is there already when the resource is created, instead of failing. When the resource is destroyed the file goes, whoever made it.
     *
     * @default false
     */
    overwrite?: Input<boolean>;
}

/**
 * A file in a context, for the sessions that mount it. It is uploaded when its content changes, streamed, and removed with the resource.
 *
 * A session sees what was there when it began. A file that is put into the context later reaches it only by a {@link Sync} with
 * `mode: "download"`, and a session that uploads the folder overwrites or removes the file. What was changed so, by a session or by somebody else, shows on
 * `pulumi refresh`, and the next `pulumi up` puts the declared content back.
 *
 * The content is never held in memory as a whole: a file of a gigabyte is as good as a short one.
 *
 * @example
 * // For sessions that mount the context at /home/work.
 * const prompt = new agb.ContextFile("prompt", { contextId: context.id, path: "/home/work/prompt.md", content: "Be brief." });
 * const dev = new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: context.id, path: "/home/work" }] }, { dependsOn: prompt });
 *
 * @example
 * // A large file, in place of one that may be there.
 * new agb.ContextFile("model", { contextId: context.id, path: "/home/models/small.bin", source: new pulumi.asset.FileAsset("small.bin"), overwrite: true });
 */
export class ContextFile extends AgbResource<ContextFile, ContextFileArgs> {
    /** The sha256 of the content, in hexadecimal. Secret where the content is. */
    declare readonly hash: Output<string>;
    /** The size in bytes. Secret where the content is. */
    declare readonly size: Output<number>;
    /** When it was last uploaded, as AGB writes it. */
    declare readonly modifiedTime: Output<string | undefined>;
    /** As given. */
    declare readonly contextId: Output<string>;
    /** As given. */
    declare readonly path: Output<string>;
    /** As given. */
    declare readonly overwrite: Output<boolean>;

    /**
     * Uploads the file, at the most as long as `customTimeouts.create` says (5 minutes), and again when its content changes, in `customTimeouts.update`.
     *
     * @param name The resource's name in the program.
     * @throws The context has a file at that path already, and `overwrite` is not set.
     * @throws The upload failed, or did not finish in time: the next `pulumi up` repeats it.
     * @throws AGB does not know the context.
     */
    constructor(name: string, args: ContextFileArgs, opts?: CustomResourceOptions) {
        const source = args.source && output(args.source as Input<object>).apply((given) => onDisk(name, given));
        super(contextFileDefinition, name, { ...args, source }, opts);
    }
}

/** The engine hashes the file before any check comes, and where it cannot, shows a stack trace. */
function onDisk(name: string, given: { path?: string }): object {
    if (given.path === undefined || statSync(given.path, { throwIfNoEntry: false })?.isFile()) return given;
    throw programError(
        `ContextFile "${name}": the file "${given.path}" does not exist. Use an absolute path, or one relative to the folder of the program.`,
    );
}
